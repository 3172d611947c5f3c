// What an absent object's mask is made of.

/** Logits of an absent object, everywhere. Source: `sam2_base.py`, NO_OBJ_SCORE. */
export const ABSENT_LOGIT = -1024;

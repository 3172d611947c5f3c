// The limits both sides hold, each with a name.

/** Prompt points on one frame of one object. */
export const PROMPT_POINTS_MAX = 256;
/** Transactions in one POST: the studio cuts its queue into pieces of this many. */
export const TRANSACTIONS_PER_POST_MAX = 64;
/** Bytes of a JSON body (a hand-made 4K mask is some kilobytes; a pasted range may be megabytes). */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** Frames asked to be encoded ahead in one call. */
export const WARM_FRAMES_MAX = 32;
/** Proposals that "find all objects" may return. */
export const PROPOSALS_MAX = 64;
/** Activity records in one POST. */
export const ACTIVITY_PER_POST_MAX = 512;
/** Seconds that one activity record may count: a day. */
export const ACTIVITY_SECONDS_MAX = 86_400;
/** Bytes of one piece of a resumable upload. */
export const UPLOAD_PIECE_BYTES = 8 * 1024 * 1024;
/** Characters of names of projects, videos, objects and labels. */
export const NAME_CHARACTERS_MAX = 200;
/** Labels of one project; the largest vocabularies in use (LVIS) have 1,203. */
export const LABELS_PER_PROJECT_MAX = 5000;
/** Characters of a project's guidelines: some thirty printed pages. */
export const GUIDELINES_CHARACTERS_MAX = 100_000;
/** Events kept for resuming a stream; a client further behind is told to reload (`reset`). */
export const EVENTS_KEPT = 10_000;

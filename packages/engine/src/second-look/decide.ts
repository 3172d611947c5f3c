// A prompted frame of a video, looked at again: the decision as the session stores it.
import { ABSENT_LOGIT } from "../absent.ts";
import { fillHoles } from "../fill-holes.ts";
import { type Decision, mixedPointer } from "../frame-step.ts";
import type { TrackingModel } from "../tracking-model.ts";
import { type LookQuestion, lookAgain } from "./look.ts";
import { takenOut } from "./region.ts";

const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 };

/** One answer of all views; `shot` is only noted in it. Absent where no view sees the object. */
export async function decideByLooks(
  model: TrackingModel,
  question: LookQuestion,
  shot: number | null,
): Promise<Decision> {
  const { configuration, constants } = model;
  const { imageSize: side, rules } = configuration;
  const [look] = await lookAgain(model, question);
  const { detail, quality, score, pointer } = look!;
  const isPresent = score > 0;
  const small = side / 4;
  const whole = { side, data: detail };
  const unfilled = isPresent
    ? takenOut(whole, WHOLE, { mirrored: false, side: small })
    : new Float32Array(small * small).fill(ABSENT_LOGIT);
  const cells = (side / small) ** 2;
  return {
    output: {
      logits: fillHoles(unfilled, small, rules.fillHoleArea),
      ...(isPresent && { detail: fillHoles(detail, side, rules.fillHoleArea * cells) }),
      pointer: mixedPointer(pointer, Number(isPresent), { rules, constants }),
      score,
      quality,
      memory: null,
      shot,
      withheld: false,
    },
    unfilled,
    bestQuality: quality,
    chosen: null,
    several: question.before === null && question.points.labels.length === 1,
  };
}

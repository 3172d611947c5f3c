// Flows of the reference: prompts and propagations step by step, with what the reference recorded of each.
import { EngineError } from "../errors.ts";

/** Largest change of a tensor under tiny changes of the weights; keyed by the tensor's own name. */
export type NoiseTable = Readonly<Record<string, { readonly max_abs_change: number }>>;

export interface RecordedBank {
  readonly spatial: readonly { readonly frame: number; readonly tpos_row: number }[];
  readonly pointers: readonly { readonly frame: number; readonly pos?: number }[];
}

export interface RecordedStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly positive_fraction?: number;
}

/** One single-object call of the reference's network on one frame. */
export interface RecordedCall {
  readonly frame: number;
  readonly obj: number;
  readonly preflight_memory?: boolean;
  readonly memory_bank?: RecordedBank | null;
  readonly multimask_output?: boolean;
  readonly num_points?: number;
  readonly mask_input?: boolean;
  readonly memory_encoder_mask?: RecordedStatistics;
  readonly low_res_stats?: RecordedStatistics;
}

export interface RecordedResult {
  readonly frame: number;
  readonly obj_ids: readonly number[];
  readonly video_positive_fraction: readonly number[];
  readonly video_mean: readonly number[];
}

export interface FlowStep {
  readonly op: string;
  readonly frame?: number;
  readonly obj?: number;
  readonly points?: readonly (readonly [number, number])[];
  readonly labels?: readonly number[];
  readonly box?: readonly [number, number, number, number];
  readonly mask?: string;
  readonly clear_old_points?: boolean;
  readonly normalize_coords?: boolean;
  readonly start?: number;
  readonly max_frames?: number;
  readonly reverse?: boolean;
  readonly obj_ids?: readonly number[];
  readonly updated_frames?: readonly number[];
  readonly video_positive_fraction?: readonly number[];
  readonly video_mean?: readonly number[];
  readonly results?: readonly RecordedResult[];
  readonly calls?: readonly RecordedCall[];
  readonly bank_after?: Readonly<
    Record<string, { readonly cond: readonly number[]; readonly non_cond: readonly number[] }>
  >;
  readonly tensor_prefix: string;
}

export interface DecisionMargins {
  readonly iou_top2_gap?: number;
  readonly abs_object_score?: number;
  readonly abs_stability_minus_threshold?: number;
}

export interface VideoFlow {
  readonly name: string;
  readonly clip: string;
  readonly num_frames: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly input_tensors?: readonly string[];
  readonly decision_margins?: DecisionMargins;
  readonly noise: NoiseTable;
  readonly steps: readonly FlowStep[];
}

export interface ImageFlow {
  readonly name: string;
  readonly args: {
    readonly point_coords?: readonly (readonly [number, number])[];
    readonly point_labels?: readonly number[];
    readonly box?: readonly [number, number, number, number];
  };
  readonly mask_from?: readonly [string, number];
  readonly multimask_output: boolean;
  readonly returns: {
    readonly masks: readonly number[];
    readonly iou: readonly number[];
    readonly positive_fraction: readonly number[];
  };
  readonly tensor_prefix: string;
}

export interface ImageFlows {
  readonly picture: string;
  readonly flows: readonly ImageFlow[];
  readonly encoder_tensors?: readonly string[];
  readonly decision_margins?: DecisionMargins;
  readonly noise: NoiseTable;
}

export interface FlowsFile {
  readonly checkpoint: string;
  readonly config: string;
  readonly tensors_file: string;
  readonly clips: Readonly<
    Record<
      string,
      {
        readonly path: string;
        readonly frames: number;
        readonly height: number;
        readonly width: number;
      }
    >
  >;
  readonly masks?: Readonly<Record<string, string>>;
  readonly predictor_defaults?: Readonly<Record<string, unknown>>;
  readonly image?: ImageFlows;
  readonly video?: readonly VideoFlow[];
  /** Further networks from the same checkpoint, such as the same weights without the tensors of a later version. */
  readonly [variant: string]: unknown;
}

/** A network of a flows file, with the flows recorded on it. */
export interface FlowSet {
  readonly name: string;
  readonly config: string;
  readonly droppedTensors: readonly string[];
  readonly image: ImageFlows | null;
  readonly video: readonly VideoFlow[];
}

/** Reads a flows file's structure. Throws reference-unreadable when it is of another form. */
export function readFlows(document: unknown, file: string): FlowsFile {
  const flows = document as Partial<FlowsFile> | null;
  const wrong = (cause: string) =>
    new EngineError("reference-unreadable", `Flows ${file}: ${cause}.`);
  if (typeof flows !== "object" || flows === null) throw wrong("a JSON object is needed");
  if (flows.format !== 1) throw wrong(`form ${String(flows.format)} is unknown (1 is known)`);
  for (const key of ["checkpoint", "config", "tensors_file"] as const) {
    if (typeof flows[key] !== "string") throw wrong(`the key ${key} is missing`);
  }
  if (typeof flows.clips !== "object") throw wrong("the key clips is missing");
  for (const { name, image, video } of flowSetsOf(flows as FlowsFile)) {
    const place = name === "" ? "" : `${name}.`;
    const fault = (image !== null && faultOfImage(image)) || faultOfVideo(video);
    if (fault) throw wrong(`${place}${fault}`);
  }
  return flows as FlowsFile;
}

/** What is wrong with the picture flows' form, or undefined. */
function faultOfImage(image: unknown): string | undefined {
  if (!isRecord(image) || !isRecord(image.noise)) return "image.noise must be an object";
  if (typeof image.picture !== "string") return "image.picture must be a path";
  if (!Array.isArray(image.flows)) return "image.flows must be a list";
  const at = image.flows.findIndex(
    (flow: unknown) => !isRecord(flow) || !isRecord(flow.args) || !isRecord(flow.returns),
  );
  return at === -1 ? undefined : `image.flows[${at}] must have args and returns`;
}

/** What is wrong with the video flows' form, or undefined. */
function faultOfVideo(video: unknown): string | undefined {
  if (!Array.isArray(video)) return "video must be a list";
  for (const [at, flow] of video.entries()) {
    const place = `video[${at}]`;
    if (!isRecord(flow) || typeof flow.name !== "string") return `${place} must have a name`;
    if (!isRecord(flow.noise)) return `${place}.noise must be an object`;
    if (!Number.isInteger(flow.num_frames)) return `${place}.num_frames must be a whole number`;
    if (!Array.isArray(flow.steps)) return `${place}.steps must be a list`;
    const step = flow.steps.findIndex(
      (each: unknown) => !isRecord(each) || typeof each.tensor_prefix !== "string",
    );
    if (step !== -1) return `${place}.steps[${step}] must have a tensor_prefix`;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The main network and every variant: an object with its own `config` and flows. */
export function flowSetsOf(flows: FlowsFile): readonly FlowSet[] {
  const main = {
    name: "",
    config: flows.config,
    droppedTensors: [],
    image: flows.image ?? null,
    video: flows.video ?? [],
  };
  const variants = Object.entries(flows).flatMap(([name, value]): FlowSet[] => {
    if (typeof value !== "object" || value === null || !("config" in value)) return [];
    const variant = value as {
      config: string;
      drop_keys?: readonly string[];
      image?: ImageFlows;
      video?: readonly VideoFlow[];
    };
    return [
      {
        name,
        config: variant.config,
        droppedTensors: variant.drop_keys ?? [],
        image: variant.image ?? null,
        video: variant.video ?? [],
      },
    ];
  });
  return [main, ...variants];
}

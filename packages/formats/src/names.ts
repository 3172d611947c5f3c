// Names that go into file systems: made safe, kept unique.

const FORBIDDEN = '/\\:*?"<>|';
const NAME_LENGTH_MAX = 120;
/** Names that Windows keeps for devices. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * A name that any file system can hold, in any script: characters with a meaning in paths and control
 * characters become `_`, outer dots and spaces go, unpaired surrogates and over-long names are cut.
 */
export function fileName(name: string): string {
  const safe = [...name.toWellFormed()]
    .map((c) =>
      c.codePointAt(0)! < 32 ||
      c === "\u007f" ||
      "\ufffd\u2028\u2029\u0085".includes(c) ||
      FORBIDDEN.includes(c)
        ? "_"
        : c,
    )
    .slice(0, NAME_LENGTH_MAX)
    .join("")
    .replace(/^[\s.]+|[\s.]+$/gu, "");
  if (safe === "") return "video";
  return DEVICES.test(safe) ? `_${safe}` : safe;
}

/** What video files end in; picture sequences are named without. */
const MEDIA_EXTENSION =
  /(?<=.)\.(?:mp4|m4v|mov|mkv|webm|avi|mpe?g|mts|m2ts|wmv|flv|ogv|3gp|gif)$/iu;

/** The name of a sequence that holds the frames of a video: a file name without the extension of the video file. */
export function sequenceName(video: string): string {
  return fileName(video.replace(MEDIA_EXTENSION, ""));
}

/** Makes names unique by numbers in brackets, comparing as file systems that ignore case do. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique.toLowerCase().normalize("NFC")); i++)
      unique = `${name} (${i})`;
    taken.add(unique.toLowerCase().normalize("NFC"));
    return unique;
  });
}

/** A frame number as a file stem of at least so many digits. */
export function stem(frame: number, digits = 5): string {
  return String(frame).padStart(digits, "0");
}

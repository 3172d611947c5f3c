// Media: the clips of videos, opened once, and their frames as pictures for the browser.
import { type Clip, VideoError } from "@masklet/video";
import { openClip } from "@masklet/video/node";
import sharp from "sharp";
import { Refusal } from "./problem.ts";
import type { Catalogue } from "./store/catalogue.ts";

/** Clips open at a time, beside those at work; each holds a decoder process. */
const CLIPS_MAX = 4;
/** Bytes of encoded pictures kept, so that stepping back and forth decodes nothing twice. */
const PICTURE_BYTES_MAX = 64 * 1024 * 1024;
const JPEG_QUALITY = 90;

export type PictureFormat = "jpeg" | "png";

export interface PictureOrder {
  readonly video: string;
  readonly digest: string;
  readonly frame: number;
  readonly format: PictureFormat;
  /** Shrunk to this width where given. */
  readonly width: number | null;
}

export interface Media {
  /** One frame as a picture file. Throws a Refusal for a video or digest that is not there. */
  picture(order: PictureOrder): Promise<Buffer>;
  forget(video: string): Promise<void>;
  close(): Promise<void>;
}

interface Opened {
  readonly clip: Promise<Clip>;
  /** Requests at work on it: it is not closed under them. */
  users: number;
}

export function createMedia(catalogue: Catalogue, scans: string): Media {
  const clips = new Map<string, Opened>();
  const pictures = new Map<string, Buffer>();
  const making = new Map<string, Promise<Buffer>>();
  let bytes = 0;

  async function open(video: string): Promise<Clip> {
    const source = await catalogue.source(video);
    if (source === null) throw new Refusal("not-found", `There is no video ${video}.`);
    return openClip(source, { scans });
  }

  async function withClip<T>(video: string, use: (clip: Clip) => Promise<T>): Promise<T> {
    const opened = clips.get(video) ?? { clip: open(video), users: 0 };
    clips.delete(video);
    clips.set(video, opened);
    closeUnused();
    opened.users++;
    try {
      return await use(await opened.clip);
    } catch (error) {
      // A clip whose decoder died, or that never opened, is opened anew by the next request.
      const useless = error instanceof VideoError && error.code !== "out-of-range";
      if (useless && clips.get(video) === opened) {
        clips.delete(video);
        opened.clip.then((clip) => clip.close()).catch(() => {});
      }
      throw error;
    } finally {
      opened.users--;
    }
  }

  function closeUnused(): void {
    for (const [oldest, { clip, users }] of clips) {
      if (clips.size <= CLIPS_MAX) break;
      if (users > 0) continue;
      clips.delete(oldest);
      clip.then((unused) => unused.close()).catch(() => {});
    }
  }

  function encode({ video, digest, frame, format, width }: PictureOrder): Promise<Buffer> {
    return withClip(video, async (clip) => {
      if (clip.table.digest !== digest) {
        throw new Refusal("digest-mismatch", "The video's frames are not those this page knows.");
      }
      const { rgb, size } = await clip.frame(frame);
      const picture = sharp(rgb, { raw: { ...size, channels: 3 } });
      if (width !== null && width < size.width) picture.resize({ width });
      return format === "png"
        ? picture.png({ compressionLevel: 3 }).toBuffer()
        : picture.jpeg({ quality: JPEG_QUALITY, chromaSubsampling: "4:4:4" }).toBuffer();
    });
  }

  function keep(key: string, picture: Buffer): void {
    pictures.set(key, picture);
    bytes += picture.length;
    for (const [oldest, old] of pictures) {
      if (bytes <= PICTURE_BYTES_MAX) break;
      pictures.delete(oldest);
      bytes -= old.length;
    }
  }

  return {
    picture: async (order) => {
      const { video, digest, frame, format, width } = order;
      const key = [video, digest, frame, format, width].join(" ");
      const known = pictures.get(key);
      if (known !== undefined) {
        pictures.delete(key);
        pictures.set(key, known);
        return known;
      }
      const begun = making.get(key);
      if (begun !== undefined) return begun;
      const made = encode(order);
      making.set(key, made);
      try {
        keep(key, await made);
      } finally {
        making.delete(key);
      }
      return made;
    },
    forget: async (video) => {
      const opened = clips.get(video);
      clips.delete(video);
      await opened?.clip.then((clip) => clip.close()).catch(() => {});
    },
    close: async () => {
      const open = [...clips.values()];
      clips.clear();
      await Promise.allSettled(open.map(async ({ clip }) => (await clip).close()));
    },
  };
}

// Media: the clips of videos, opened once, and their frames as pictures for the browser.
import type { Clip } from "@masklet/video";
import { openClip } from "@masklet/video/node";
import sharp from "sharp";
import { Refusal } from "./problem.ts";
import type { Catalogue } from "./store/catalogue.ts";

/** Clips open at a time; each holds a decoder process. */
const CLIPS_MAX = 4;
/** Bytes of encoded pictures kept, so that stepping back and forth decodes nothing twice. */
const PICTURE_BYTES_MAX = 256 * 1024 * 1024;
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
  /** One frame as a picture file. Throws a Refusal for a video, digest or frame that is not there. */
  picture(order: PictureOrder): Promise<Buffer>;
  clip(video: string): Promise<Clip>;
  forget(video: string): Promise<void>;
  close(): Promise<void>;
}

export function createMedia(catalogue: Catalogue, scans: string): Media {
  const clips = new Map<string, Promise<Clip>>();
  const pictures = new Map<string, Promise<Buffer>>();
  let kept = 0;

  async function open(video: string): Promise<Clip> {
    const source = await catalogue.source(video);
    if (source === null) throw new Refusal("not-found", `There is no video ${video}.`);
    return openClip(source, { scans });
  }

  function clip(video: string): Promise<Clip> {
    const opened = clips.get(video) ?? open(video);
    clips.delete(video);
    clips.set(video, opened);
    opened.catch(() => clips.delete(video));
    for (const [oldest, old] of clips) {
      if (clips.size <= CLIPS_MAX) break;
      clips.delete(oldest);
      old.then((unused) => unused.close()).catch(() => {});
    }
    return opened;
  }

  async function encode({ video, digest, frame, format, width }: PictureOrder): Promise<Buffer> {
    const opened = await clip(video);
    if (opened.table.digest !== digest) {
      throw new Refusal("digest-mismatch", "The video's frames are not those this page knows.");
    }
    const { rgb, size } = await opened.frame(frame);
    const picture = sharp(rgb, { raw: { ...size, channels: 3 } });
    if (width !== null && width < size.width) picture.resize({ width });
    return format === "png"
      ? picture.png({ compressionLevel: 3 }).toBuffer()
      : picture.jpeg({ quality: JPEG_QUALITY, chromaSubsampling: "4:4:4" }).toBuffer();
  }

  return {
    clip,
    picture: async (order) => {
      const { video, digest, frame, format, width } = order;
      const key = [video, digest, frame, format, width].join(" ");
      const known = pictures.get(key);
      if (known !== undefined) {
        pictures.delete(key);
        pictures.set(key, known);
        return known;
      }
      const made = encode(order);
      pictures.set(key, made);
      try {
        kept += (await made).length;
      } catch (error) {
        pictures.delete(key);
        throw error;
      }
      for (const [oldest, old] of pictures) {
        if (kept <= PICTURE_BYTES_MAX) break;
        pictures.delete(oldest);
        kept -= (await old).length;
      }
      return made;
    },
    forget: async (video) => {
      const opened = clips.get(video);
      clips.delete(video);
      await opened?.then((unused) => unused.close()).catch(() => {});
    },
    close: async () => {
      const open = [...clips.values()];
      clips.clear();
      await Promise.allSettled(open.map(async (opened) => (await opened).close()));
    },
  };
}

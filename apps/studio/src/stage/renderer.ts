// Draws the picture and its masks onto two canvases, one above the other. Knows pixels, nothing of documents.
import type { Size } from "@masklet/vision";
import type { MaskLook } from "./mask-look.ts";
import { createPainter, type Painter, unpremultiplied } from "./paint-masks.ts";
import type { Viewport } from "./viewport.ts";

export interface PictureLook {
  readonly brightness: number;
  readonly contrast: number;
  /** 1 the picture as it is, 0 a grey ground (cut-outs are judged on it). */
  readonly colour: number;
}

export interface Renderer {
  drawPicture(picture: ImageBitmap, size: Size, viewport: Viewport): void;
  /** Brightness, contrast and colour of the picture, from now on. */
  light(look: PictureLook): void;
  drawMasks(masks: readonly MaskLook[], size: Size, viewport: Viewport): void;
  resize(size: Size, ratio: number): void;
  dispose(): void;
}

/** From here on (CSS pixels an image pixel) the picture is not smoothed. */
const SHARP_PICTURE_SCALE = 2;
/** Below it (device pixels an image pixel) two neighbours are too few to read a pixel from. */
const SMALL_SCALE = 0.5;

/** Sets up the canvases. Throws an Error with one sentence where the browser gives no drawing surface. */
export function createRenderer(picture: HTMLCanvasElement, masks: HTMLCanvasElement): Renderer {
  const ground = picture.getContext("2d");
  // Pixels are put, never drawn: they stay in memory until the page is composed.
  const above = masks.getContext("2d", { willReadFrequently: true });
  if (!ground || !above) throw new Error("This browser gives no canvas to draw the picture on.");
  const filter = lightFilter(picture);
  let painter: Painter = createPainter({ width: 1, height: 1 });
  let ratio = 1;

  return {
    drawPicture(bitmap, size, viewport) {
      const [x, y] = [viewport.x * ratio, viewport.y * ratio];
      const scale = viewport.scale * ratio;
      ground.clearRect(0, 0, picture.width, picture.height);
      ground.imageSmoothingEnabled = viewport.scale < SHARP_PICTURE_SCALE;
      ground.imageSmoothingQuality = scale < SMALL_SCALE ? "medium" : "low";
      ground.drawImage(bitmap, x, y, size.width * scale, size.height * scale);
    },
    light: (look) => filter.set(look),
    drawMasks(looks, size, viewport) {
      const at = {
        x: viewport.x * ratio,
        y: viewport.y * ratio,
        scale: viewport.scale * ratio,
        ratio,
        picture: size,
      };
      const changed = painter.paint(looks, at);
      if (!changed) return;
      const image = above.createImageData(changed.width, changed.height);
      unpremultiplied(painter, changed, new Uint32Array(image.data.buffer));
      above.putImageData(image, changed.x, changed.y);
    },
    resize(size, newRatio) {
      ratio = newRatio;
      const width = Math.max(1, Math.round(size.width * ratio));
      const height = Math.max(1, Math.round(size.height * ratio));
      for (const canvas of [picture, masks]) {
        canvas.width = width;
        canvas.height = height;
      }
      painter = painter.resized({ width, height });
    },
    dispose() {
      filter.remove();
      for (const canvas of [picture, masks]) canvas.width = canvas.height = 0;
    },
  };
}

/** Light is a filter of the page on the canvas: it costs nothing a frame, and masks are not lit. */
function lightFilter(canvas: HTMLCanvasElement): { set(look: PictureLook): void; remove(): void } {
  const id = `light-${Math.random().toString(36).slice(2)}`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.style.cssText = "position:absolute;width:0;height:0";
  canvas.before(svg);
  return {
    set({ brightness, contrast, colour }) {
      if (brightness === 0 && contrast === 1 && colour === 1) {
        canvas.style.filter = "";
        return;
      }
      // Contrast around mid grey, brightness added; then towards a flat, light grey of itself.
      const intercept = 0.5 - 0.5 * contrast + brightness;
      const [own, grey] = [colour, (1 - colour) * 0.35];
      const luma = [0.299, 0.587, 0.114].map((share) => share * grey);
      const row = (at: number) =>
        [...luma.map((share, i) => share + (i === at ? own : 0)), 0, (1 - colour) * 0.3].join(" ");
      const linear = ["R", "G", "B"]
        .map((c) => `<feFunc${c} type="linear" slope="${contrast}" intercept="${intercept}"/>`)
        .join("");
      svg.innerHTML =
        `<filter id="${id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB">` +
        `<feComponentTransfer>${linear}</feComponentTransfer>` +
        `<feColorMatrix type="matrix" values="${row(0)} ${row(1)} ${row(2)} 0 0 0 1 0"/></filter>`;
      canvas.style.filter = `url(#${id})`;
    },
    remove: () => svg.remove(),
  };
}

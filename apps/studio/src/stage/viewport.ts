// Where the picture lies on the stage: screen pixels (CSS) from image pixels and back.
import type { Size } from "@masklet/vision";

/** `scale` CSS pixels per image pixel; `x`, `y` is the picture's top-left corner on the stage. */
export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** A place on the stage in CSS pixels. */
export interface ScreenPoint {
  readonly left: number;
  readonly top: number;
}

/** A place in the picture in edge coordinates: (0, 0) is the corner of the top-left pixel. */
export interface EdgeXY {
  readonly x: number;
  readonly y: number;
}

const PADDING = 8;
export const SCALE_MIN = 0.02;
export const SCALE_MAX = 64;

/** The whole picture, centred, as large as it goes with 8 px around. */
export function fitted(stage: Size, picture: Size): Viewport {
  const scale = Math.max(
    SCALE_MIN,
    Math.min(
      (stage.width - 2 * PADDING) / picture.width,
      (stage.height - 2 * PADDING) / picture.height,
    ),
  );
  return centred(stage, picture, scale);
}

/** The picture centred at a scale. */
export function centred(stage: Size, picture: Size, scale: number): Viewport {
  return {
    scale,
    x: Math.round((stage.width - picture.width * scale) / 2),
    y: Math.round((stage.height - picture.height * scale) / 2),
  };
}

/** Zooms by `factor` so that what lies under `at` stays there. */
export function zoomed(viewport: Viewport, factor: number, at: ScreenPoint): Viewport {
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, viewport.scale * factor));
  const grown = scale / viewport.scale;
  return {
    scale,
    x: at.left - (at.left - viewport.x) * grown,
    y: at.top - (at.top - viewport.y) * grown,
  };
}

/** The box (edge coordinates) in the middle, filling at most half of the stage. */
export function zoomedTo(
  stage: Size,
  box: { x: number; y: number; width: number; height: number },
): Viewport {
  const scale = Math.min(
    8,
    (stage.width * 0.5) / Math.max(1, box.width),
    (stage.height * 0.6) / Math.max(1, box.height),
  );
  return {
    scale,
    x: stage.width / 2 - (box.x + box.width / 2) * scale,
    y: stage.height / 2 - (box.y + box.height / 2) * scale,
  };
}

export function edgeFromScreen(viewport: Viewport, at: ScreenPoint): EdgeXY {
  return {
    x: (at.left - viewport.x) / viewport.scale,
    y: (at.top - viewport.y) / viewport.scale,
  };
}

export function screenFromEdge(viewport: Viewport, at: EdgeXY): ScreenPoint {
  return { left: viewport.x + at.x * viewport.scale, top: viewport.y + at.y * viewport.scale };
}

/** Prompts count pixel centres: the centre of the top-left pixel is (0, 0). */
export function screenFromImage(viewport: Viewport, at: { x: number; y: number }): ScreenPoint {
  return screenFromEdge(viewport, { x: at.x + 0.5, y: at.y + 0.5 });
}

export function imageFromScreen(viewport: Viewport, at: ScreenPoint): { x: number; y: number } {
  const edge = edgeFromScreen(viewport, at);
  return { x: edge.x - 0.5, y: edge.y - 0.5 };
}

/** True where the point lies in the picture. */
export function insidePicture(at: EdgeXY, picture: Size): boolean {
  return at.x >= 0 && at.y >= 0 && at.x < picture.width && at.y < picture.height;
}

// WebGL2: draws the picture and its masks. Knows textures and shaders, nothing of documents.
import type { Mask, Size } from "@masklet/vision";
import { type DistanceField, distanceField } from "./distance-field.ts";
import { MASK, PICTURE, VERTEX } from "./shaders.ts";
import type { Viewport } from "./viewport.ts";

/** How one mask is drawn; opacities 0 … 1, widths in CSS pixels. */
export interface MaskLook {
  readonly mask: Mask;
  readonly colour: readonly [number, number, number];
  readonly fill: number;
  readonly line: number;
  readonly dim: number;
  readonly dash: readonly [number, number] | null;
  readonly hatch: boolean;
}

export interface PictureLook {
  readonly brightness: number;
  readonly contrast: number;
  /** 1 the picture as it is, 0 a grey ground (cut-outs are judged on it). */
  readonly colour: number;
}

export interface Renderer {
  /** Takes a new picture to the GPU; the caller may close it afterwards. */
  setPicture(picture: TexImageSource, size: Size): void;
  draw(viewport: Viewport, masks: readonly MaskLook[], look: PictureLook): void;
  resize(size: Size, ratio: number): void;
  dispose(): void;
}

/** Bytes of mask textures kept on the GPU. */
const TEXTURE_BYTES_MAX = 96 * 1024 * 1024;
/** From here on masks follow pixel edges, and the picture is not smoothed. */
const SHARP_MASK_SCALE = 4;
const SHARP_PICTURE_SCALE = 2;

interface FieldTexture {
  readonly texture: WebGLTexture;
  readonly box: DistanceField["box"];
}

/** Sets up the canvas. Throws an Error with one sentence where WebGL2 is missing. */
export function createRenderer(canvas: HTMLCanvasElement): Renderer {
  const gl = canvas.getContext("webgl2", {
    alpha: true,
    antialias: false,
    premultipliedAlpha: true,
    powerPreference: "high-performance",
  });
  if (!gl) throw new Error("This browser has no WebGL2, which the picture needs.");
  const picture = program(gl, PICTURE);
  const mask = program(gl, MASK);
  const pictureTexture = gl.createTexture();
  const fields = new Map<Mask, FieldTexture | null>();
  let fieldBytes = 0;
  let pictureSize: Size = { width: 0, height: 0 };
  let hasMipmaps = false;
  let ratio = 1;

  function fieldOf(one: Mask): FieldTexture | null {
    const known = fields.get(one);
    if (known !== undefined) {
      fields.delete(one);
      fields.set(one, known);
      return known;
    }
    const made = upload(gl!, distanceField(one));
    fields.set(one, made);
    fieldBytes += made ? made.box.width * made.box.height : 0;
    for (const [oldest, texture] of fields) {
      if (fieldBytes <= TEXTURE_BYTES_MAX || oldest === one) break;
      fields.delete(oldest);
      if (!texture) continue;
      gl!.deleteTexture(texture.texture);
      fieldBytes -= texture.box.width * texture.box.height;
    }
    return made;
  }

  function place(at: Program, viewport: Viewport, box: readonly number[]): void {
    // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's useProgram is no hook
    gl!.useProgram(at.program);
    gl!.uniform4f(at.of("rectangle"), box[0]!, box[1]!, box[2]!, box[3]!);
    gl!.uniform2f(at.of("canvas"), canvas.width, canvas.height);
    gl!.uniform3f(
      at.of("viewport"),
      viewport.x * ratio,
      viewport.y * ratio,
      viewport.scale * ratio,
    );
    gl!.uniform2f(at.of("size"), pictureSize.width, pictureSize.height);
  }

  function drawPicture(viewport: Viewport, look: PictureLook): void {
    place(picture, viewport, [0, 0, pictureSize.width, pictureSize.height]);
    gl!.uniform3f(picture.of("light"), look.brightness, look.contrast, look.colour);
    gl!.bindTexture(gl!.TEXTURE_2D, pictureTexture);
    const scale = viewport.scale * ratio;
    const small = scale < 0.75;
    if (small && !hasMipmaps) gl!.generateMipmap(gl!.TEXTURE_2D);
    hasMipmaps ||= small;
    const magnified = viewport.scale >= SHARP_PICTURE_SCALE ? gl!.NEAREST : gl!.LINEAR;
    gl!.texParameteri(gl!.TEXTURE_2D, gl!.TEXTURE_MAG_FILTER, magnified);
    const minified = small ? gl!.LINEAR_MIPMAP_LINEAR : gl!.LINEAR;
    gl!.texParameteri(gl!.TEXTURE_2D, gl!.TEXTURE_MIN_FILTER, minified);
    gl!.drawArrays(gl!.TRIANGLE_STRIP, 0, 4);
  }

  function drawMask(viewport: Viewport, look: MaskLook, pass: "fill" | "line"): void {
    const opacity = pass === "fill" ? look.fill * look.dim : look.dim;
    if (opacity <= 0 || (pass === "line" && look.line <= 0)) return;
    const field = fieldOf(look.mask);
    if (!field) return;
    const { x, y, width, height } = field.box;
    place(mask, viewport, [x, y, width, height]);
    gl!.uniform4f(mask.of("box"), x, y, width, height);
    gl!.uniform3f(mask.of("tint"), ...look.colour);
    gl!.uniform1f(mask.of("opacity"), opacity);
    gl!.uniform1f(mask.of("line"), pass === "fill" ? 0 : look.line * ratio);
    gl!.uniform1f(mask.of("ratio"), ratio);
    gl!.uniform2f(mask.of("dash"), look.dash?.[0] ?? 0, look.dash?.[1] ?? 0);
    gl!.uniform1i(mask.of("hatch"), look.hatch ? 1 : 0);
    gl!.uniform1i(mask.of("sharp"), viewport.scale >= SHARP_MASK_SCALE ? 1 : 0);
    gl!.bindTexture(gl!.TEXTURE_2D, field.texture);
    gl!.drawArrays(gl!.TRIANGLE_STRIP, 0, 4);
  }

  return {
    setPicture(source, size) {
      pictureSize = size;
      gl.bindTexture(gl.TEXTURE_2D, pictureTexture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
      hasMipmaps = false;
    },
    draw(viewport, masks, look) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.disable(gl.BLEND);
      if (pictureSize.width > 0) drawPicture(viewport, look);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      for (const one of masks) drawMask(viewport, one, "fill");
      for (const one of masks) drawMask(viewport, one, "line");
    },
    resize(size, newRatio) {
      ratio = newRatio;
      canvas.width = Math.max(1, Math.round(size.width * ratio));
      canvas.height = Math.max(1, Math.round(size.height * ratio));
    },
    dispose() {
      for (const field of fields.values()) if (field) gl.deleteTexture(field.texture);
      gl.deleteTexture(pictureTexture);
      gl.deleteProgram(picture.program);
      gl.deleteProgram(mask.program);
    },
  };
}

interface Program {
  readonly program: WebGLProgram;
  of(uniform: string): WebGLUniformLocation | null;
}

function program(gl: WebGL2RenderingContext, fragment: string): Program {
  const made = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("The graphics device was lost.");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(`A shader does not link: ${gl.getProgramInfoLog(made)}`);
  const places = new Map<string, WebGLUniformLocation | null>();
  return {
    program: made,
    of(uniform) {
      let known = places.get(uniform);
      if (known === undefined) {
        known = gl.getUniformLocation(made, uniform);
        places.set(uniform, known);
      }
      return known;
    },
  };
}

function upload(gl: WebGL2RenderingContext, field: DistanceField | null): FieldTexture | null {
  if (!field) return null;
  const texture = gl.createTexture();
  if (!texture) return null;
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  // Columns lie one after another, so the texture is the mask turned over: its rows are our columns.
  const { width, height } = field.box;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, height, width, 0, gl.RED, gl.UNSIGNED_BYTE, field.data);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return { texture, box: field.box };
}

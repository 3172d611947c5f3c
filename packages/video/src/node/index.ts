// The door of video on Node: opens files and folders, reads and writes pictures and videos.
export { openClip } from "./open-clip.ts";
export { createPictures } from "./picture-sink.ts";
export { type Picture, readPicture, writePicture } from "./pictures.ts";
export { createProxy, type ProxyOptions } from "./proxy.ts";
export { createVideo } from "./video-sink.ts";

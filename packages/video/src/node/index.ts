// The door of video on Node: opens files and folders, reads and writes pictures and videos.
export { openClip } from "./open-clip.ts";
export { type Picture, readPicture, writePicture } from "./pictures.ts";

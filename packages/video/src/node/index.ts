// The door of video on Node: opens files and folders, reads and writes pictures and videos.
export { openVideo } from "./video-clip.ts";

// The door of disk: folders made, files written whole, refusals in words.
export { makeFolder } from "./folders.ts";
export { systemReason } from "./reason.ts";
export { partBeside, writeWhole } from "./whole-file.ts";

// The door of disk: folders made, files read and written whole, refusals in words.
export { makeFolder } from "./folders.ts";
export { checkOrdinaryFile, readOrdinaryFile } from "./ordinary-file.ts";
export { systemReason } from "./reason.ts";
export { partBeside, writeWhole } from "./whole-file.ts";

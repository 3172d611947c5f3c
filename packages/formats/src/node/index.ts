// The door of the Node adapter: folders, zip archives and single files as trees of byte streams.
export { openInput } from "./input.ts";
export { type Output, openOutput } from "./output.ts";

// The door of formats.
export {};

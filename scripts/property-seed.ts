// Property tests draw the same examples in every run of `npm test`, so that a red run can be repeated; SEED=random searches on.
import fc from "fast-check";

const SEED = 20_261_123;
if (process.env.SEED !== "random") fc.configureGlobal({ seed: Number(process.env.SEED ?? SEED) });

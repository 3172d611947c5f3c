// Paths as the database keeps them: relative inside the home, so that a home can be moved; whole elsewhere.
import { isAbsolute, join, relative, sep } from "node:path";

export interface Places {
  /** A whole path as it is kept. */
  kept(path: string): string;
  /** A kept path as it is on this machine now. */
  found(kept: string): string;
}

/** The places of a home; the parts of a kept path are joined by `/` on every system. */
export function placesOf(home: string): Places {
  return {
    kept: (path) => {
      const inside = relative(home, path);
      const outside = path === "" || inside === "" || inside.startsWith("..") || isAbsolute(inside);
      return outside ? path : inside.split(sep).join("/");
    },
    found: (kept) => (kept === "" || isAbsolute(kept) ? kept : join(home, kept)),
  };
}

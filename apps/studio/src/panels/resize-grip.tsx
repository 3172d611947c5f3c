// A line that is dragged to resize a part of the screen; double click: back to its usual size.
import { applySettings, settings } from "../desk/settings.ts";

const LIMITS = {
  dock: { least: 96, most: () => innerHeight * 0.6 },
  heads: { least: 180, most: () => 420 },
  inspector: { least: 240, most: () => 420 },
} as const;

export function ResizeGrip({ what }: { what: keyof typeof LIMITS }) {
  const set = (size: number | null) => {
    settings.setState({ [what]: size });
    applySettings();
    dispatchEvent(new Event("resize"));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a convenience of the mouse; sizes have keys too
    <div
      className={`grip ${what}`}
      onDoubleClick={() => set(null)}
      onPointerDown={(event) => {
        event.preventDefault();
        const { least, most } = LIMITS[what];
        const move = (now: PointerEvent) => {
          const size =
            what === "dock"
              ? innerHeight - now.clientY
              : what === "heads"
                ? now.clientX
                : innerWidth - now.clientX;
          set(Math.round(Math.max(least, Math.min(most(), size))));
        };
        const up = () => {
          removeEventListener("pointermove", move);
          removeEventListener("pointerup", up);
        };
        addEventListener("pointermove", move);
        addEventListener("pointerup", up);
      }}
    />
  );
}

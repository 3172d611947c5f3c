// The regions of the annotator that F6 goes round: each gives the focus back to the place that had it last.

/** In the order of going round. The card and the bar of views lie over the picture. */
const REGIONS = [
  "top",
  "rail",
  "stage",
  "card",
  "views",
  "inspector",
  "transport",
  "dock",
] as const;

/** The heart of a region, else its first control. */
const HEART = "[data-stage], [tabindex='0']";
const CONTROL = "button:not([disabled]):not([tabindex='-1']), input, select, a[href]:not(.skip)";

const places = new Map<string, HTMLElement>();

function regionOf(element: Element | null): string | null {
  return element?.closest<HTMLElement>("[data-region]")?.dataset.region ?? null;
}

/** Notes where the focus is, region by region, until the returned function is called. */
export function rememberPlaces(): () => void {
  const note = ({ target }: FocusEvent) => {
    const region = target instanceof HTMLElement ? regionOf(target) : null;
    if (region && target instanceof HTMLElement) places.set(region, target);
  };
  addEventListener("focusin", note);
  return () => {
    removeEventListener("focusin", note);
    places.clear();
  };
}

/** Moves the focus to the next region that is there, or to the one before. */
export function goRound(direction: 1 | -1): void {
  const here = REGIONS.indexOf((regionOf(document.activeElement) ?? "stage") as "stage");
  for (let step = 1; step <= REGIONS.length; step++) {
    const name = REGIONS[(here + direction * step + REGIONS.length * 2) % REGIONS.length]!;
    const region = document.querySelector<HTMLElement>(`[data-region=${name}]`);
    const place = places.get(name);
    const target =
      place?.isConnected && region?.contains(place)
        ? place
        : (region?.querySelector<HTMLElement>(HEART) ??
          region?.querySelector<HTMLElement>(CONTROL));
    if (!target) continue;
    target.focus();
    return;
  }
}

// Addresses and moving between them without reloading.
import type { AnchorHTMLAttributes } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";

const place = createStore(() => ({ path: location.pathname, search: location.search }));

addEventListener("popstate", () =>
  place.setState({ path: location.pathname, search: location.search }),
);

/** Opens an address of the studio; `replace` leaves no way back to the one before. */
export function go(address: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  place.setState({ path: location.pathname, search: location.search });
}

export function usePlace(): { readonly path: string; readonly search: string } {
  return useStore(place);
}

/** A link that stays in the page; with Ctrl it opens a tab as any link. */
export function Link({ to, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a
      {...rest}
      href={to}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    />
  );
}

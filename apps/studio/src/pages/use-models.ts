// The models for pages: read once, then kept up to date by events.
import type { Models } from "@masklet/protocol";
import { useEffect, useState } from "react";
import { call } from "../link/call.ts";
import { listenToEvents } from "./page-events.ts";

/** What was read last, so that the next page shows it at once. */
let lastKnown: Models | null = null;

/** The models as they stand and how to tell of a newer state; null until the server has answered. */
export function useModels(): readonly [Models | null, (models: Models) => void] {
  const [models, setModels] = useState<Models | null>(lastKnown);
  useEffect(() => {
    const read = () => {
      call("GET /api/models")
        .then(setModels)
        .catch(() => {});
    };
    read();
    return listenToEvents({
      onEvent: (event) => event.type === "models" && setModels(event.models),
      onGap: read,
    });
  }, []);
  lastKnown = models;
  return [models, setModels];
}

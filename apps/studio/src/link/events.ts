// The server's events: one stream, resumed after a break, handed to listeners.
import type { ServerEvent } from "@masklet/protocol";

export interface EventStream {
  close(): void;
}

/**
 * Opens the event stream, of one video when given. The browser reconnects by itself and sends the last id;
 * `onState` tells whether the stream stands.
 */
export function openEvents(
  video: string | null,
  onEvent: (event: ServerEvent) => void,
  onState: (open: boolean) => void,
): EventStream {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let lastId = "";
  let closed = false;
  const connect = () => {
    const query = new URLSearchParams();
    if (video) query.set("video", video);
    // EventSource sends Last-Event-ID only when it reconnects by itself; after a refused connection we do.
    if (lastId) query.set("after", lastId);
    source = new EventSource(`/api/events?${query}`);
    source.onopen = () => onState(true);
    source.onmessage = (message) => {
      lastId = message.lastEventId || lastId;
      onEvent(JSON.parse(message.data) as ServerEvent);
    };
    source.onerror = () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED || closed) return;
      retry = setTimeout(connect, RETRY_MS);
    };
  };
  connect();
  return {
    close() {
      closed = true;
      clearTimeout(retry);
      source.close();
    },
  };
}

const RETRY_MS = 2000;

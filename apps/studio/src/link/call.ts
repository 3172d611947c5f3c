// Requests to the server, typed by the protocol's table of routes.
import type { Body, Problem, Reply, Route } from "@masklet/protocol";

/** Answers of the server that are not 2xx, and its absence (`offline`). The message is ready to show. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: Problem["code"] | "offline";
  readonly details: Problem["details"];

  constructor(code: LinkError["code"], message: string, details?: Problem["details"]) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

interface CallOptions {
  /** Values of the `:name` parts of the path. */
  readonly at?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
}

type Asked<R extends Route> =
  Body<R> extends null
    ? [options?: CallOptions]
    : [options: CallOptions & { readonly body: Body<R> }];

/** The address of a route with its parts filled in. */
export function address(
  path: string,
  at: CallOptions["at"] = {},
  query: CallOptions["query"] = {},
): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(at[name])));
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  ).toString();
  return search ? `${filled}?${search}` : filled;
}

/** Asks the server and reads the answer. Throws LinkError; an abort passes through as it is. */
export async function call<R extends Route>(route: R, ...asked: Asked<R>): Promise<Reply<R>> {
  const options: CallOptions & { readonly body?: Body<R> } = asked[0] ?? {};
  const [method = "GET", path = ""] = route.split(" ");
  const request: RequestInit = { method };
  if (options.signal) request.signal = options.signal;
  if (options.body !== undefined) {
    request.headers = { "content-type": "application/json" };
    request.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(address(path, options.at, options.query), request);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new LinkError("offline", "The server does not answer.");
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return null as Reply<R>;
  return (await response.json()) as Reply<R>;
}

async function problemOf(response: Response): Promise<LinkError> {
  try {
    const problem = (await response.json()) as Problem;
    return new LinkError(problem.code, problem.message, problem.details);
  } catch {
    // A proxy's or a dying server's page: no Problem in it.
    const away = response.status === 502 || response.status === 503 || response.status === 504;
    return new LinkError(
      away ? "offline" : "internal",
      away ? "The server does not answer." : `The server answered ${response.status}.`,
    );
  }
}

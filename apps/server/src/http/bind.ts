// Binds the protocol's table of routes to handlers: typed by the table, checked by its schemas, listed in OpenAPI.
import { type Body, type Reply, type Route, routes } from "@masklet/protocol";
import type { FastifyInstance, HTTPMethods } from "fastify";

/** What a handler gets: the named parts of the path, the query as text, the body checked against its schema. */
export interface Asked<R extends Route> {
  readonly path: Readonly<Record<PathPart<R>, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: Body<R>;
}

type PathPart<R extends string> = R extends `${string}:${infer Part}/${infer Rest}`
  ? Part | PathPart<Rest>
  : R extends `${string}:${infer Part}`
    ? Part
    : never;

/** One handler for every route of the table: a missing one does not compile. */
export type Handlers = { readonly [R in Route]: (asked: Asked<R>) => Promise<Reply<R>> };

type AnyHandler = (asked: Asked<Route>) => Promise<unknown>;

export function bindRoutes(app: FastifyInstance, handlers: Handlers): void {
  for (const route of Object.keys(routes) as Route[]) {
    const [method, url] = route.split(" ") as [HTTPMethods, string];
    const { body, reply } = routes[route];
    const hasBody = (body as { type?: string }).type !== "null";
    const handler = handlers[route] as unknown as AnyHandler;
    app.route({
      method,
      url,
      schema: { ...(hasBody && { body }), response: { 200: reply } },
      handler: async (request, answer) => {
        const value = await handler({
          path: request.params as Asked<Route>["path"],
          query: request.query as Asked<Route>["query"],
          body: request.body as never,
        });
        if (value !== null) return value;
        answer.statusCode = 204;
        return answer.send();
      },
    });
  }
}

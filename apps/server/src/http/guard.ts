// Who may ask: only pages that this server served, under a name that is its own.

import { clipped } from "@masklet/annotation/reading";
import type { FastifyInstance } from "fastify";
import { Refusal } from "../problem.ts";

/**
 * Refuses requests from other origins, and any whose Host is not one of ours: a page elsewhere may point a name of its
 * own at the loopback address (DNS rebinding), and a browser would send it our answers.
 */
export function guardOrigin(
  app: FastifyInstance,
  options: { readonly hosts: readonly string[] },
): void {
  const ours = new Set(options.hosts);
  app.addHook("onRequest", async (request) => {
    const host = nameOf(request.headers.host ?? "");
    if (!ours.has(host)) {
      throw new Refusal(
        "forbidden",
        `This server does not answer for the name "${clipped(host)}": open it as ${options.hosts[0]}.`,
      );
    }
    const { origin } = request.headers;
    if (origin !== undefined && originHost(origin) !== request.headers.host) {
      throw new Refusal("forbidden", `Requests from ${clipped(origin)} are not answered.`);
    }
    const site = request.headers["sec-fetch-site"];
    if (site === "cross-site" && request.headers["sec-fetch-mode"] !== "navigate") {
      throw new Refusal("forbidden", "Requests from other sites are not answered.");
    }
  });
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}

function originHost(origin: string): string {
  try {
    return new URL(origin).host;
  } catch {
    return "";
  }
}

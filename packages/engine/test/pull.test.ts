// Pulling models from a server that drops connections, changes files and sends the wrong thing.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { expectedSam2Tensors } from "../src/checkpoint/sam2-tensors.ts";
import { releasedModels } from "../src/configuration/released.ts";
import { pullModel } from "../src/node/pull.ts";
import { repeatedArchive } from "./torch-archive.ts";

const tiny = releasedModels.find(({ name }) => name === "sam2.1_hiera_tiny")!;
/** An official-form checkpoint of exactly the shapes of SAM 2.1 tiny; all tensors share one small storage. */
const file = repeatedArchive(expectedSam2Tensors(tiny.configuration));

interface Server {
  readonly address: string;
  readonly requests: IncomingMessage[];
}

/** Serves by `answer`; closes with the test. */
async function serve(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.pt`,
    requests,
  };
}

function home(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "masklet-pull-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Answers ranges of `bytes`, at most `most` bytes a connection, which is then cut. */
function ranged(
  bytes: Uint8Array,
  { most, etag, received = () => 0 }: { most: number; etag: () => string; received?: () => number },
) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const asked = /bytes=(\d+)-/.exec(request.headers.range ?? "");
    const resumes = asked !== null && request.headers["if-range"] === etag();
    const from = resumes ? Number(asked[1]) : 0;
    response.writeHead(resumes ? 206 : 200, {
      etag: etag(),
      "content-length": bytes.length - from,
      ...(resumes && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const part = bytes.subarray(from, from + most);
    response.write(part, () => {
      if (from + most >= bytes.length) response.end();
      else {
        // The line goes dead once the client has read what came.
        const timer = setInterval(() => {
          if (received() < from + most) return;
          clearInterval(timer);
          response.destroy();
        }, 5);
      }
    });
  };
}

test("a dropped connection is resumed where it stopped, and the file is the same", async (t) => {
  const seen: number[] = [];
  const received = () => seen.at(-1) ?? 0;
  const most = Math.ceil(file.length / 4);
  const server = await serve(t, ranged(file, { most, etag: () => '"one"', received }));
  const progress = (bytes: number) => seen.push(bytes);
  const pulled = await pullModel("sam2.1-hiera-tiny", {
    home: home(t),
    address: server.address,
    progress,
  });
  assert.deepEqual(readFileSync(pulled.path), Buffer.from(file));
  assert.equal(server.requests.length, 4);
  assert.equal(seen.at(-1), file.length);
  assert.equal(readFileSync(`${pulled.path}.sha256`, "utf8").slice(0, 64), pulled.sha256);
  assert.equal(existsSync(`${pulled.path}.part`), false);
});

test("a file that changed on the server is begun anew", async (t) => {
  let version = 0;
  let bytes = 0;
  const received = () => bytes;
  const server = await serve(t, (request, response) => {
    const etag = `"${version}"`;
    ranged(file, { most: version === 0 ? 1000 : file.length, etag: () => etag, received })(
      request,
      response,
    );
    version++;
  });
  const progress = (now: number) => {
    bytes = now;
  };
  const pulled = await pullModel(tiny.name, { home: home(t), address: server.address, progress });
  assert.deepEqual(readFileSync(pulled.path), Buffer.from(file));
  assert.equal(server.requests[1]!.headers["if-range"], '"0"');
});

test("an abort keeps what came, and the next pull goes on from there", async (t) => {
  const server = await serve(t, ranged(file, { most: file.length, etag: () => '"one"' }));
  const folder = home(t);
  const stop = new AbortController();
  const progress = (bytes: number) => {
    if (bytes > 0) stop.abort(new Error("stopped by hand"));
  };
  await assert.rejects(
    pullModel(tiny.name, { home: folder, address: server.address, signal: stop.signal, progress }),
    /stopped by hand/,
  );
  assert.equal(existsSync(join(folder, "models", tiny.file)), false);
  const pulled = await pullModel(tiny.name, { home: folder, address: server.address });
  assert.deepEqual(readFileSync(pulled.path), Buffer.from(file));
});

test("what is no checkpoint, or another one, is thrown away", async (t) => {
  const folder = home(t);
  const page = await serve(t, (_, response) => response.end("<html>please log in</html>"));
  await assert.rejects(pullModel(tiny.name, { home: folder, address: page.address }), {
    code: "model-download",
    message: /no checkpoint/,
  });
  const small = releasedModels.find(({ name }) => name === "sam2.1_hiera_small")!;
  const other = repeatedArchive(expectedSam2Tensors(small.configuration));
  const wrong = await serve(t, (_, response) => response.end(other));
  await assert.rejects(pullModel(tiny.name, { home: folder, address: wrong.address }), {
    message: /what came is sam2\.1_hiera_small/,
  });
  const right = await serve(t, (_, response) => response.end(file));
  await assert.rejects(
    pullModel(tiny.name, { home: folder, address: right.address, sha256: "0".repeat(64) }),
    { message: /has the digest/ },
  );
  assert.equal(existsSync(join(folder, "models", `${tiny.file}.part`)), false);
  await assert.rejects(pullModel("sam3", { home: folder }), {
    code: "model-unknown",
    message: /no released model sam3/,
  });
  const missing = await serve(t, (_, response) => response.writeHead(404).end());
  await assert.rejects(pullModel(tiny.name, { home: folder, address: missing.address }), {
    message: /answers 404/,
  });
});

test("a model that was changed on disk is refused", async (t) => {
  const server = await serve(t, (_, response) => response.end(file));
  const folder = home(t);
  const pulled = await pullModel(tiny.name, { home: folder, address: server.address });
  writeFileSync(pulled.path, Buffer.concat([readFileSync(pulled.path), Buffer.of(0)]));
  await assert.rejects(pullModel(tiny.name, { home: folder, address: server.address }), {
    message: /was changed since/,
  });
  assert.equal(server.requests.length, 1);
});

test("pulling to a home that cannot be made says so in one sentence", {
  skip: existsSync("/proc/self") ? false : "there is no /proc here",
}, async () => {
  await assert.rejects(
    pullModel("sam2.1_hiera_tiny", { home: "/proc/masklet/home" }),
    ({ code, message }: Error & { code: string }) =>
      code === "model-download" && /\/proc\/masklet\/home\/models cannot be made/.test(message),
  );
});

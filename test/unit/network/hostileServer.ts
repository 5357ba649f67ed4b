// A server of files on this machine that behaves as the network does: it drops connections, lies, rests, leads on.

import { createHash } from "node:crypto";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { NetworkOptions } from "../../../src/network/get";

/** Answers one request; `numBefore` counts those to the same path before it. */
export type Answerer = (
  request: IncomingMessage,
  response: ServerResponse,
  numBefore: number,
) => void;

/** Without a proxy of the machine that runs the tests, and with no pauses. */
export const DIRECT: NetworkOptions & { retryMs: number } = {
  proxy: "",
  noProxy: [],
  env: {},
  retryMs: 1,
};

/** A running server. */
export class HostileServer {
  readonly requests: { path: string; headers: http.IncomingHttpHeaders }[] = [];
  private readonly answerers = new Map<string, Answerer>();
  private readonly server = http.createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0]!;
    const numBefore = this.count(path);
    this.requests.push({ path, headers: request.headers });
    const answerer = this.answerers.get(path);
    if (answerer) answerer(request, response, numBefore);
    else response.writeHead(404).end();
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.server.listen(0, "127.0.0.1", resolve),
    );
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Lets a path be answered so from now on. */
  on(path: string, answerer: Answerer): URL {
    this.answerers.set(path, answerer);
    return new URL(`${this.address}${path}`);
  }

  count(path: string): number {
    return this.requests.filter((each) => each.path === path).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Serves a file as a good server does: with a validator, and from where it is asked to. */
export function serve(
  content: Buffer,
  {
    etag = `"${sha256(content).slice(0, 8)}"`,
    dropAfter = Infinity,
  }: { etag?: string | undefined; dropAfter?: number } = {},
): Answerer {
  return (request, response) => {
    const { range, "if-range": ifRange } = request.headers;
    const [, from] = /^bytes=(\d+)-$/.exec(range ?? "") ?? [];
    const start = from !== undefined && ifRange === etag ? Number(from) : 0;
    if (start >= content.length) {
      response.writeHead(416).end();
      return;
    }
    const body = content.subarray(start);
    const isWhole = body.length <= dropAfter;
    response.writeHead(start > 0 ? 206 : 200, {
      "Content-Length": body.length,
      ...(etag && { ETag: etag }),
      ...(start > 0 && {
        "Content-Range": `bytes ${start}-${content.length - 1}/${content.length}`,
      }),
    });
    if (isWhole) response.end(body);
    else response.write(body.subarray(0, dropAfter), () => response.destroy());
  };
}

/** Hexadecimal. */
export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The commit under which models are published. */
export const REVISION = "0123456789abcdef0123456789abcdef01234567";

/** Publishes a model's files as a hub does: weights and GGUF files in LFS, `more` in place of what the hub answers. */
export function publishModel(
  server: HostileServer,
  {
    name,
    files,
    more = {},
  }: {
    name: string;
    files: Record<string, Buffer>;
    more?: Record<string, unknown>;
  },
): void {
  const siblings = Object.entries(files).map(([rfilename, content]) => {
    const isLarge = /\.(safetensors|gguf)$/.test(rfilename);
    const blob = createHash("sha1")
      .update(`blob ${content.length}\0`)
      .update(content);
    const lfs = { sha256: sha256(content), size: content.length };
    server.on(`/${name}/resolve/${REVISION}/${rfilename}`, serve(content));
    return {
      rfilename,
      size: content.length,
      blobId: blob.digest("hex"),
      ...(isLarge && { lfs }),
    };
  });
  const answer = {
    sha: REVISION,
    siblings,
    cardData: { license: "apache-2.0" },
    ...more,
  };
  server.on(`/api/models/${name}`, (_, response) =>
    response.end(JSON.stringify(answer)),
  );
}

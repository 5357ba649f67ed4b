// Files from servers that behave as the network does.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { download, type RemoteFile } from "../../../src/network/download";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { DIRECT, HostileServer, serve, sha256 } from "./hostileServer";
import type { Answerer } from "./hostileServer";

suite("download()", () => {
  const inFolder = useTemporaryFolder();
  const content = randomBytes(40_000);
  const server = new HostileServer();
  suiteSetup(() => server.start());
  suiteTeardown(() => server.stop());
  let numFiles = 0;

  /** Fetches what `answerer` serves; `remote` says what is known of it. */
  async function fetchFrom(
    answerer: Answerer,
    remote: Partial<RemoteFile> = {},
    options: {
      timeoutMs?: number;
      before?: (target: string, url: URL) => void;
    } = {},
  ) {
    const name = `/file${numFiles++}`;
    const url = server.on(name, answerer);
    const target = inFolder(path.basename(name));
    options.before?.(target, url);
    const done: number[] = [];
    const result = download({ url, ...remote }, target, {
      ...DIRECT,
      ...(options.timeoutMs && { timeoutMs: options.timeoutMs }),
      onProgress: (bytes) => done.push(bytes),
    });
    const error = await result.then(
      () => undefined,
      (reason: Error) => reason,
    );
    const requests = server.requests.filter((each) => each.path === name);
    return { target, error, requests, done, url };
  }

  const hash = { sha256: sha256(content) };

  const good: [string, Answerer, Partial<RemoteFile>, number][] = [
    ["a good server", serve(content), hash, 1],
    ["no checksum", serve(content), {}, 1],
    ["a size that was said before", serve(content), { sizeBytes: 40_000 }, 1],
    ["connections that drop", serve(content, { dropAfter: 15_000 }), hash, 3],
    [
      "a server that rests",
      (request, response, before) =>
        before < 2
          ? response.writeHead(503, { "Retry-After": "0" }).end()
          : serve(content)(request, response, before),
      hash,
      3,
    ],
    [
      "too many requests until a date that has passed",
      (request, response, before) =>
        before < 1
          ? response
              .writeHead(429, {
                "Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT",
              })
              .end()
          : serve(content)(request, response, before),
      hash,
      2,
    ],
    [
      "a server that stumbles",
      (request, response, before) =>
        before < 3
          ? response.writeHead(500 + before).end()
          : serve(content)(request, response, before),
      hash,
      4,
    ],
    [
      "a server that ignores ranges",
      (_, response, before) => {
        response.writeHead(200, { ETag: '"a"', "Content-Length": 40_000 });
        if (before > 0) response.end(content);
        else response.write(content.subarray(0, 9), () => response.destroy());
      },
      hash,
      2,
    ],
    [
      "a file that changes meanwhile",
      (request, response, before) =>
        before === 0
          ? serve(randomBytes(40_000), { etag: '"old"', dropAfter: 10_000 })(
              request,
              response,
              before,
            )
          : serve(content, { etag: '"new"' })(request, response, before),
      hash,
      2,
    ],
    [
      "a server without validators",
      (request, response, before) =>
        serve(content, {
          etag: before === 0 ? 'W/"weak"' : "",
          ...(before < 2 && { dropAfter: 10_000 }),
        })(request, response, before),
      hash,
      3,
    ],
    [
      "a slow server",
      (_, response) => {
        response.writeHead(200);
        let at = 0;
        const next = () => {
          if (at >= content.length) response.end();
          else response.write(content.subarray(at, (at += 8_000)), next);
        };
        next();
      },
      { ...hash, sizeBytes: 40_000 },
      1,
    ],
  ];
  for (const [what, answerer, remote, numRequests] of good) {
    test(`download() of a file from ${what}`, async () => {
      const { target, error, requests, done } = await fetchFrom(
        answerer,
        remote,
      );
      assert.equal(error, undefined);
      assert.deepEqual(readFileSync(target), content);
      assert.equal(requests.length, numRequests);
      assert.equal(done.at(-1), content.length);
      assert.ok(!existsSync(`${target}.part`));
      assert.ok(!existsSync(`${target}.part.json`));
    });
  }

  test("download() asks for the rest of the same file, and tells nothing of the user", async () => {
    const { requests } = await fetchFrom(
      serve(content, { etag: '"x"', dropAfter: 30_000 }),
      hash,
    );
    const [first, second] = requests.map(({ headers }) => headers);
    assert.equal(first!.range, undefined);
    assert.equal(second!.range, "bytes=30000-");
    assert.equal(second!["if-range"], '"x"');
    assert.deepEqual(Object.keys(first!).sort(), [
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    assert.equal(first!["user-agent"], "inkling");
  });

  test("download() goes on with what an earlier process has left, and begins anew where that is another file's", async () => {
    const leave =
      (bytes: Buffer, etag: string, elsewhere = "") =>
      (target: string, url: URL) => {
        writeFileSync(`${target}.part`, bytes);
        const state = { url: `${url.href}${elsewhere}`, etag };
        writeFileSync(`${target}.part.json`, JSON.stringify(state));
      };
    const half = content.subarray(0, 20_000);
    const cases: [
      string,
      (target: string, url: URL) => void,
      string | undefined,
    ][] = [
      ["the same", leave(half, '"x"'), "bytes=20000-"],
      ["another address", leave(half, '"x"', "/other"), undefined],
      [
        "more than all",
        leave(Buffer.concat([content, half]), '"x"'),
        "bytes=60000-",
      ],
      [
        "a broken state",
        (target) => {
          writeFileSync(`${target}.part`, half);
          writeFileSync(`${target}.part.json`, "[");
        },
        undefined,
      ],
    ];
    for (const [what, before, range] of cases) {
      const { target, error, requests } = await fetchFrom(
        serve(content, { etag: '"x"' }),
        hash,
        { before },
      );
      assert.equal(error, undefined, what);
      assert.deepEqual(readFileSync(target), content, what);
      assert.equal(requests[0]!.headers.range, range, what);
    }
    const whole = await fetchFrom(serve(content), hash, {
      before: (target) => writeFileSync(target, content),
    });
    assert.equal(whole.requests.length, 0);
  });

  const status =
    (code: number, headers: Record<string, string> = {}): Answerer =>
    (_, response) =>
      response.writeHead(code, headers).end();
  const bad: [string, Answerer, Partial<RemoteFile>, RegExp, number][] = [
    [
      "wrong bytes",
      serve(randomBytes(40_000)),
      hash,
      /its checksum is [0-9a-f]{12}, expected [0-9a-f]{12}; it was changed/,
      1,
    ],
    [
      "a wrong blob of git",
      serve(content),
      { gitBlob: "0".repeat(40) },
      /its checksum is .*, expected 000000000000/,
      1,
    ],
    [
      "another size than the hub says",
      serve(content),
      { sizeBytes: 39_999 },
      /it has 40000 bytes, expected 39999 as the hub says/,
      1,
    ],
    [
      "more than was announced",
      (_, response) => {
        response.writeHead(200);
        response.end(content);
      },
      { sizeBytes: 30_000 },
      /more comes than the 30000 bytes that were announced/,
      1,
    ],
    [
      "less than was announced, each time",
      (_, response) => {
        response.writeHead(200, { "Content-Length": 50_000 });
        response.write(content, () => response.destroy());
      },
      {},
      /aborted|after 40000 of 50000 bytes|socket hang up/,
      6,
    ],
    ["no access", status(401), {}, /answers 401; it wants an account/, 1],
    ["a licence to accept", status(403), {}, /accept its licence there/, 1],
    ["no such file", status(404), {}, /answers 404; there is no such file/, 1],
    ["a status of no use", status(204), {}, /answers 204; expected 200/, 1],
    [
      "a server that always stumbles",
      status(500),
      {},
      /answers 500, expected 200; try again later/,
      5,
    ],
    [
      "an hour of rest",
      status(429, { "Retry-After": "3600" }),
      {},
      /answers 429 and wants 3600 s of rest; try again later/,
      1,
    ],
    [
      "a page of the web",
      (_, response) =>
        response
          .writeHead(200, { "Content-Type": "text/html; charset=utf-8" })
          .end("<html>"),
      {},
      /it is a page of the web, expected the address of the file/,
      1,
    ],
    [
      "a part that nobody has asked for",
      (_, response) =>
        response
          .writeHead(206, { "Content-Range": "bytes 5-9/10" })
          .end("12345"),
      {},
      /answers with the part "bytes 5-9\/10", expected the one from byte 0/,
      1,
    ],
    [
      "a circle",
      (request, response) =>
        response.writeHead(302, { Location: request.url! }).end(),
      {},
      /leads on more than 5 times/,
      6,
    ],
    [
      "another machine without encryption",
      status(302, { Location: "http://models.example/file" }),
      {},
      /begins with http:, expected https:/,
      1,
    ],
    [
      "another kind of address",
      status(301, { Location: "file:///etc/passwd" }),
      {},
      /begins with file:, expected https:/,
      1,
    ],
  ];
  for (const [what, answerer, remote, message, numRequests] of bad) {
    test(`download() refuses ${what}`, async () => {
      const { target, error, requests } = await fetchFrom(answerer, remote);
      assert.match(error?.message ?? "", message);
      assert.equal(requests.length, numRequests);
      assert.ok(!existsSync(target));
    });
  }

  test("download() takes a silent connection for lost", async () => {
    const { target, error, requests } = await fetchFrom(
      (request, response, before) => {
        if (before > 0) serve(content, { etag: '"x"' })(request, response, 0);
        else {
          response.writeHead(200, { ETag: '"x"', "Content-Length": 40_000 });
          response.write(content.subarray(0, 1_000));
        }
      },
      hash,
      { timeoutMs: 150 },
    );
    assert.equal(error, undefined);
    assert.deepEqual(readFileSync(target), content);
    assert.equal(requests[1]!.headers.range, "bytes=1000-");
  });

  test("download() follows a redirect on this machine, and asks for no password", async () => {
    const { target, error, requests, url } = await fetchFrom((_, response) =>
      response
        .writeHead(302, { Location: "http://me:secret@localhost:1/away" })
        .end(),
    );
    assert.equal(requests.length, 5, url.href);
    assert.match(
      error?.message ?? "",
      /Cannot reach localhost:1: .*ECONNREFUSED.*; check the connection/,
    );
    assert.ok(!error?.message.includes("secret"));
    assert.ok(!existsSync(target));
    const there = server.on("/there", serve(content));
    const led = await fetchFrom((_, response) =>
      response.writeHead(307, { Location: there.pathname }).end(),
    );
    assert.equal(led.error, undefined);
    assert.deepEqual(readFileSync(led.target), content);
  });
});

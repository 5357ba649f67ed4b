// https, through a proxy and not, with a certificate of the tests' own; and which proxy is chosen.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { get, type NetworkOptions } from "../../../src/network/get";
import { findProxy } from "../../../src/network/proxy";

const CERTIFICATE = path.join(__dirname, "../../fixtures/certificate");

suite("findProxy()", () => {
  const none = { proxy: "", noProxy: [], env: {} };
  const env = { HTTPS_PROXY: "http://proxy.example:3128" };
  const cases: [
    string,
    string,
    Partial<Parameters<typeof findProxy>[1]>,
    string | undefined,
  ][] = [
    ["nothing", "https://a.example/", {}, undefined],
    ["the environment", "https://a.example/", { env }, "proxy.example:3128"],
    [
      "the setting before it",
      "https://a.example/",
      { env, proxy: "https://mine.example" },
      "mine.example",
    ],
    ["a host alone", "https://a.example/", { proxy: "p:1" }, "p:1"],
    [
      "all_proxy",
      "https://a.example/",
      { env: { all_proxy: "http://p:2" } },
      "p:2",
    ],
    ["this machine", "http://localhost:8/", { env }, undefined],
    [
      "noProxy",
      "https://a.example/",
      { env, noProxy: ["a.example"] },
      undefined,
    ],
    [
      "NO_PROXY of a domain",
      "https://a.b.example/",
      { env: { ...env, NO_PROXY: "c.example, .b.example" } },
      undefined,
    ],
    [
      "NO_PROXY of another domain",
      "https://ab.example/",
      { env: { ...env, NO_PROXY: "b.example" } },
      "proxy.example:3128",
    ],
    [
      "NO_PROXY of all",
      "https://a.example/",
      { env: { ...env, no_proxy: "*" } },
      undefined,
    ],
    [
      "NO_PROXY of another port",
      "https://a.example/",
      { env: { ...env, NO_PROXY: "a.example:8443" } },
      "proxy.example:3128",
    ],
  ];
  for (const [what, address, settings, expected] of cases) {
    test(`findProxy() with ${what}`, () => {
      const proxy = findProxy(new URL(address), { ...none, ...settings });
      assert.equal(proxy?.host, expected);
    });
  }

  test("findProxy() refuses kinds that are not spoken, without their passwords", () => {
    assert.throws(
      () =>
        findProxy(new URL("https://a.example"), {
          ...none,
          proxy: "socks5://me:secret@p:1",
        }),
      (error: Error) =>
        /its kind is "socks5:"/.test(error.message) &&
        !error.message.includes("secret"),
    );
  });
});

suite("get() by https", () => {
  let server: https.Server;
  let proxy: http.Server;
  let ca: string[];
  let location: string | undefined;
  const tunnels: { target: string; authorization: string | undefined }[] = [];
  let proxyStatus = 200;

  suiteSetup(async () => {
    const [key, cert] = ["key.pem", "cert.pem"].map((name) =>
      readFileSync(path.join(CERTIFICATE, name), "utf8"),
    );
    ca = [cert!];
    server = https.createServer({ key: key!, cert: cert! }, (_, response) => {
      if (location !== undefined) response.writeHead(302, { location });
      response.end("from the model's server");
    });
    proxy = http.createServer();
    proxy.on("connect", (request, socket: net.Socket) => {
      const { "proxy-authorization": authorization } = request.headers;
      tunnels.push({ target: request.url ?? "", authorization });
      if (proxyStatus !== 200) {
        socket.end(`HTTP/1.1 ${proxyStatus} No\r\n\r\n`);
        return;
      }
      // Whatever is asked for, this leads to the test's own server.
      const onwards = net.connect(portOf(server), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onwards).pipe(socket);
      });
      onwards.on("error", () => socket.destroy());
      socket.on("error", () => onwards.destroy());
    });
    for (const each of [server, proxy]) {
      await new Promise<void>((resolve) =>
        each.listen(0, "127.0.0.1", resolve),
      );
    }
  });
  suiteTeardown(() => {
    for (const each of [server, proxy]) {
      each.closeAllConnections();
      each.close();
    }
  });
  setup(() => {
    location = undefined;
    proxyStatus = 200;
    tunnels.length = 0;
  });

  const options = (more: Partial<NetworkOptions> = {}): NetworkOptions => ({
    proxy: `http://me:p%40ss@127.0.0.1:${portOf(proxy)}`,
    noProxy: [],
    env: {},
    ca,
    ...more,
  });
  const address = new URL("https://models.example/a");

  test("get() reaches a server through a proxy, which sees its name alone", async () => {
    const { status, body } = await get(address, {}, options());
    const chunks = await body.toArray();
    assert.equal(
      Buffer.concat(chunks as Buffer[]).toString(),
      "from the model's server",
    );
    assert.equal(status, 200);
    const authorization = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    assert.deepEqual(tunnels, [
      { target: "models.example:443", authorization },
    ]);
  });

  test("get() trusts no certificate that nobody vouches for, nor another host's", async () => {
    await assert.rejects(
      get(address, {}, options({ ca: [] })),
      /self-signed certificate/,
    );
    await assert.rejects(
      get(new URL("https://other.example/"), {}, options()),
      /does not match certificate's altnames/,
    );
  });

  test("get() says what a proxy answers", async () => {
    proxyStatus = 407;
    await assert.rejects(
      get(address, {}, options()),
      /the proxy 127\.0\.0\.1:\d+ answers 407 \(it wants a name and a password\)/,
    );
  });

  const refused: [string, RegExp][] = [
    ["http://models.example/b", /without encryption, expected https/],
    ["https://127.0.0.1:1/b", /leads back to 127\.0\.0\.1:1 on this machine/],
    ["https://localhost/b", /leads back to localhost on this machine/],
    ["https://[::1]/b", /leads back to \[::1\] on this machine/],
    ["file:///etc/passwd", /leads to file:/],
    ["https://models.example/c", /leads on more than 5 times/],
  ];
  for (const [target, message] of refused) {
    test(`get() does not follow a redirect to ${target}`, async () => {
      location = target;
      await assert.rejects(get(address, {}, options()), message);
    });
  }
});

function portOf(server: net.Server): number {
  return (server.address() as AddressInfo).port;
}

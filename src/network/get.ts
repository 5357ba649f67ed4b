// One GET by Node's own http and https: through a proxy where there is one, along redirects that may be followed. No
// cookie, no token and nothing about the user or the machine goes along.

import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import tls from "node:tls";
import { AddressError, followRedirect } from "./addresses";
import { findProxy, openTunnel, type ProxySettings } from "./proxy";

const MAX_REDIRECTS = 5;
/** A connection on which nothing has come for so long is taken for lost. */
const TIMEOUT_MS = 30_000;

/** How the network is reached. */
export interface NetworkOptions extends ProxySettings {
  timeoutMs?: number;
  /** Certificates that are trusted beside Node's and the system's. */
  ca?: string[];
}

/** An answer whose body has not been read; whoever has it reads or destroys it. */
export interface Answer {
  /** Where the redirects led. */
  url: URL;
  status: number;
  headers: http.IncomingHttpHeaders;
  body: IncomingMessage;
}

/** Asks for an address; rejects where it cannot be reached or a redirect must not be followed. */
export async function get(
  address: URL,
  headers: Readonly<Record<string, string>>,
  options: NetworkOptions,
): Promise<Answer> {
  let url = address;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const body = await getOnce(url, headers, options).catch(
      (error: unknown) => {
        throw explain(url, error as NodeJS.ErrnoException);
      },
    );
    const status = body.statusCode ?? 0;
    const { location } = body.headers;
    const isRedirect = [301, 302, 303, 307, 308].includes(status);
    if (!isRedirect || location === undefined) {
      return { url, status, headers: body.headers, body };
    }
    body.destroy();
    url = followRedirect(url, location);
  }
  throw new AddressError(
    `Cannot fetch ${address.href}: it leads on more than ${MAX_REDIRECTS} times, expected a file`,
  );
}

async function getOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: NetworkOptions,
): Promise<IncomingMessage> {
  const { timeoutMs = TIMEOUT_MS } = options;
  const ca = trusted(options.ca);
  const proxy = findProxy(url, options);
  const servername = url.hostname;
  const tunnel =
    proxy &&
    tls.connect({
      socket: await openTunnel(proxy, url, { timeoutMs, ca }),
      servername,
      ...(ca && { ca }),
    });
  const request = {
    headers: {
      "User-Agent": "inkling",
      Accept: "*/*",
      "Accept-Encoding": "identity",
      ...headers,
    },
    timeout: timeoutMs,
    ...(ca && { ca }),
    // Where there is an agent, Node opens a connection of its own beside the tunnel.
    ...(tunnel
      ? { createConnection: () => tunnel }
      : { agent: false as const }),
  };
  return new Promise((resolve, reject) => {
    const asked =
      url.protocol === "https:"
        ? https.get(url, request)
        : http.get(url, request);
    const lost = () =>
      asked.destroy(
        new Error(
          `Cannot fetch ${url.href}: nothing has come for ${timeoutMs / 1_000} s`,
        ),
      );
    asked.on("timeout", lost);
    asked.on("response", resolve);
    asked.on("error", reject);
  });
}

/** The system's own words about a connection in a sentence, with what can be done; the code stays. */
function explain(
  { host }: URL,
  error: NodeJS.ErrnoException,
): NodeJS.ErrnoException {
  const { code, message } = error;
  if (code === undefined) return error;
  const explained = new Error(
    `Cannot reach ${host}: ${message}; check the connection, the proxy (http.proxy, HTTPS_PROXY) and the address of the hub`,
    { cause: error },
  );
  return Object.assign(explained, { code });
}

/** Node's certificates and, where this Node can say them, the system's, in which firms put their own. */
function trusted(ca: string[] | undefined): string[] | undefined {
  const { getCACertificates } = tls as {
    getCACertificates?: (type: "default" | "system") => string[];
  };
  if (!getCACertificates && !ca) return undefined;
  const known = getCACertificates
    ? [...getCACertificates("default"), ...getCACertificates("system")]
    : [...tls.rootCertificates];
  return [...known, ...(ca ?? [])];
}

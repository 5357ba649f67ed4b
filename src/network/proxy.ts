// Which proxy an address is asked through, and a connection through it: CONNECT of RFC 9110, 9.3.6, so that a proxy sees
// the host's name and no more. Names are those that curl and VS Code obey.

import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { isThisMachine } from "./addresses";

/** What a person or a system says about proxies. */
export interface ProxySettings {
  /** `http.proxy` of the editor; empty leaves it to the environment. */
  proxy: string;
  /** `http.noProxy` of the editor: hosts that are asked directly. */
  noProxy: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

/** The proxy for an address; undefined where it is asked directly. Throws for a kind that is not spoken. */
export function findProxy(
  url: URL,
  { proxy, noProxy, env }: ProxySettings,
): URL | undefined {
  if (isThisMachine(url)) return undefined;
  const fromEnvironment =
    env["https_proxy"] ??
    env["HTTPS_PROXY"] ??
    env["all_proxy"] ??
    env["ALL_PROXY"];
  const text = proxy || fromEnvironment;
  if (!text) return undefined;
  const ofEnvironment = (env["no_proxy"] ?? env["NO_PROXY"] ?? "").split(",");
  if ([...noProxy, ...ofEnvironment].some((rule) => matches(url, rule))) {
    return undefined;
  }
  let address: URL;
  try {
    address = new URL(text.includes("://") ? text : `http://${text}`);
  } catch {
    throw new Error(
      `Cannot use the proxy ${text}: it is no address, expected http://HOST:PORT`,
    );
  }
  if (address.protocol !== "http:" && address.protocol !== "https:") {
    throw new Error(
      `Cannot use the proxy ${address.protocol}//${address.host}: its kind is "${address.protocol}", expected http: or https:`,
    );
  }
  return address;
}

/** A rule of NO_PROXY: a host, the end of one behind a dot, with or without a port; `*` is every host. */
function matches({ hostname, port }: URL, rule: string): boolean {
  const [, host = "", rulePort] =
    /^\*?\.?([^:]*)(?::(\d+))?$/.exec(rule.trim().toLowerCase()) ?? [];
  if (rule.trim() === "*") return true;
  if (host === "") return false;
  if (rulePort !== undefined && rulePort !== (port || "443")) return false;
  return hostname === host || hostname.endsWith(`.${host}`);
}

/** Opens a tunnel to an address; rejects when the proxy refuses. */
export function openTunnel(
  proxy: URL,
  target: URL,
  { timeoutMs, ca }: { timeoutMs: number; ca: string[] | undefined },
): Promise<Duplex> {
  const authority = `${target.hostname}:${target.port || "443"}`;
  const headers: Record<string, string> = { Host: authority };
  if (proxy.username) {
    const name = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers["Proxy-Authorization"] =
      `Basic ${Buffer.from(name).toString("base64")}`;
  }
  const { request } = proxy.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request({
      hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: authority,
      headers,
      agent: false,
      timeout: timeoutMs,
      ...(ca && { ca }),
    });
    asked.on("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      const why = statusCode === 407 ? " (it wants a name and a password)" : "";
      reject(
        new Error(
          `Cannot reach ${target.host}: the proxy ${proxy.host} answers ${statusCode}${why}, expected 200`,
        ),
      );
    });
    asked.on("response", ({ statusCode }) => {
      asked.destroy(
        new Error(
          `Cannot reach ${target.host}: the proxy ${proxy.host} answers ${statusCode} and opens no tunnel`,
        ),
      );
    });
    asked.on("timeout", () =>
      asked.destroy(
        new Error(
          `Cannot reach ${target.host}: the proxy ${proxy.host} has not answered within ${timeoutMs / 1_000} s`,
        ),
      ),
    );
    asked.on("error", reject);
    asked.end();
  });
}

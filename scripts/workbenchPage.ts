// A headless Chromium on a workbench: a page that reaches nothing but its server.
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { prepareChromium } from "./chromium";

/** Starts the browser with everything off that would call its makers. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await prepareChromium(),
    headless: true,
    args: [
      // Chromium's sandbox is refused to root and in many containers; this browser sees nothing but our own server.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
}

/** A page with the addresses that it asked for outside of its server; all of them were refused. */
export interface WorkbenchPage {
  page: Page;
  refusedAddresses: string[];
}

/** Opens an empty page that may reach `address` alone. */
export async function openPage(
  browser: Browser,
  address: string,
): Promise<WorkbenchPage> {
  const refusedAddresses: string[] = [];
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
  });
  await context.route(
    (url) =>
      !["data:", "blob:"].includes(url.protocol) && url.origin !== address,
    (route) => {
      refusedAddresses.push(route.request().url());
      return route.abort();
    },
  );
  return { page: await context.newPage(), refusedAddresses };
}

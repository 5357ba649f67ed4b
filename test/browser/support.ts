// What the browser suites share: one server with the packaged extension installed, a page per test, ghost text.
// mocha loads this file first (see .mocharc.json); INKLING_VSIX names the package, by default this platform's.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { ownTarget, packageFile } from "../../scripts/package";
import {
  installExtension,
  quietSettings,
  removeProfile,
  startSession,
  temporaryProfile,
} from "../../scripts/serverSession";
import type { ServerProfile, ServerSession } from "../../scripts/serverSession";
import { projectFolder } from "../../scripts/terminal";
import { prepareVsCodeServer } from "../../scripts/vscodeServer";
import { launchBrowser, openPage } from "../../scripts/workbenchPage";

const startupPatienceMs = 90_000;
const suggestionPatienceMs = 60_000;
const savePatienceMs = 10_000;
const palettePatienceMs = 5_000;
/** After so many the rest is not tried: they fail for one reason, and each takes its whole patience, more than once. */
const maxFailures = 3;

const statusItem = '.statusbar-item[id^="inkling.inkling"]';
/** So many looks in a row, a tenth of a second apart, find no ghost text where there is none to come. */
const silentLooks = 20;

const simplifyKey = "Control+Alt+r";

/** A theme of each pair of a light and a dark one, between which a window changes by a command. */
export const themePairs = [
  { pair: "usual", theme: "Default Light Modern" },
  { pair: "high-contrast", theme: "Default High Contrast" },
];
/** By the class that the workbench wears. */
const themeNames = {
  vs: "light",
  "vs-dark": "dark",
  "hc-black": "hc-dark",
  "hc-light": "hc-light",
};
/** The colours of a page in a frame follow those of the window. */
const repaintMs = 500;

/** The package that is tried. */
export const vsix = process.env["INKLING_VSIX"] ?? packageFile(ownTarget);

interface Stage {
  profile: ServerProfile;
  session: ServerSession;
  browser: Browser;
}

let stage: Stage | undefined;
const failures = new Set<string>();

/** Called by mocha around all suites. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    assert.ok(existsSync(vsix), `${vsix} is there, "npm run package" makes it`);
    const server = await prepareVsCodeServer();
    const profile = temporaryProfile();
    writeKeybindings(profile);
    await installExtension(server, { profile, vsix });
    const session = await startSession(server, { profile });
    stage = { profile, session, browser: await launchBrowser() };
  },

  async afterAll(): Promise<void> {
    if (stage === undefined) return;
    await stage.browser.close();
    await stage.session.stop();
    removeProfile(stage.profile);
  },

  /** What earlier tests wrote into the workspace is not among the documents of the next. */
  beforeEach(): void {
    if (failures.size >= maxFailures) {
      throw new Error(`${failures.size} tests failed: the rest is not tried`);
    }
    const { workspace } = onStage().profile;
    for (const name of readdirSync(workspace)) {
      rmSync(path.join(workspace, name), { recursive: true, maxRetries: 5 });
    }
  },

  /** A picture of the window in which a test failed says more than its message. */
  async afterEach(this: Mocha.Context): Promise<void> {
    const { currentTest } = this;
    if (currentTest?.state === "failed") failures.add(currentTest.fullTitle());
    if (currentTest?.state === "failed" && workbench !== undefined) {
      const name = currentTest.title.replace(/\W+/g, "-").slice(0, 60);
      // A page that was closed has no picture, and its own error is the one to read.
      await workbench.screenshot(`failed-${name}`).catch(() => undefined);
    }
    await workbench?.close();
    workbench = undefined;
  },
};

function onStage(): Stage {
  assert.ok(stage, "the server has been started");
  return stage;
}

/** Where the server has unpacked the extension. */
export function installedFolder(): string {
  const extensions = path.join(onStage().profile.folder, "extensions");
  const name = readdirSync(extensions).find((entry) =>
    entry.startsWith("inkling.inkling-"),
  );
  assert.ok(name, "the extension is installed");
  return path.join(extensions, name);
}

/** The folders of the server's one user. */
export function serverProfile(): ServerProfile {
  return onStage().profile;
}

let workbench: Workbench | undefined;

/** Which file a test edits, and with which settings. */
export interface WorkbenchOptions {
  fileName: string;
  content: string;
  settings?: Record<string, unknown>;
}

/** Opens a window on a file; it is closed again after the test. */
export async function openWorkbench({
  fileName,
  content,
  settings = {},
}: WorkbenchOptions): Promise<Workbench> {
  const { profile, session } = onStage();
  const file = path.join(profile.workspace, fileName);
  writeFileSync(file, content);
  writeFileSync(
    profile.settingsFile,
    JSON.stringify({ ...quietSettings, ...settings }, null, 2),
  );
  const url = session.workbench({ folder: profile.workspace, file });
  return openWindow(url, file);
}

/** Opens a window at the address of any server that runs; it is closed again after the test. */
export async function openWindow(
  url: string,
  file: string,
  /** What is to be done before the editor can be used. */
  prepare: (workbench: Workbench) => Promise<void> = () => Promise.resolve(),
): Promise<Workbench> {
  const { browser } = onStage();
  const { page, refusedAddresses } = await openPage(
    browser,
    new URL(url).origin,
  );
  workbench = new Workbench(page, { file, refusedAddresses });
  // What is waited for is the editor; a busy machine loads a page for longer than half a minute.
  await page.goto(url, { waitUntil: "commit", timeout: startupPatienceMs });
  await prepare(workbench);
  await workbench.untilReady();
  return workbench;
}

/** One window of the workbench, used as a person would: by keys and by looking. */
export class Workbench {
  readonly editor: Locator;

  constructor(
    readonly page: Page,
    private readonly place: { file: string; refusedAddresses: string[] },
  ) {
    this.editor = page.locator(".editor-instance .monaco-editor").first();
  }

  get refusedAddresses(): readonly string[] {
    return this.place.refusedAddresses;
  }

  /** Waits for the editor and for the extension's status item, which comes with its activation. */
  async untilReady(): Promise<void> {
    await this.editor.waitFor({ timeout: startupPatienceMs });
    await this.page
      .locator(statusItem)
      .first()
      .waitFor({ timeout: startupPatienceMs });
    await this.editor.click();
    await this.page.keyboard.press("Control+End");
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 20 });
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /** The grey text at the cursor as it is on the screen now; empty when there is none. */
  async ghostText(): Promise<string> {
    const spans = this.page.locator(".ghost-text-decoration, .ghost-text");
    const texts = await spans.allTextContents();
    // The editor draws spaces as non-breaking ones.
    return texts.join("").replaceAll("\u00a0", " ");
  }

  /** Waits until the ghost text is there and holds still. */
  async untilGhostText(): Promise<string> {
    let previous = "";
    return this.until("ghost text", async () => {
      const current = await this.ghostText();
      const isStill = current !== "" && current === previous;
      previous = current;
      return isStill ? current : undefined;
    });
  }

  /** The grey text; empty once the status item has said for a while that there is none. */
  async ghostTextOrNone(): Promise<string> {
    const silent = '[aria-label*="No suggestion:"]';
    const item = this.page.locator(
      `${statusItem}${silent}, ${statusItem} ${silent}`,
    );
    let numSilent = 0;
    const { text } = await this.until("a decision", async () => {
      const text = await this.ghostText();
      numSilent = (await item.count()) > 0 && text === "" ? numSilent + 1 : 0;
      return text !== "" || numSilent > silentLooks ? { text } : undefined;
    });
    return text;
  }

  /** Saves and answers what then lies on the disk, once it is what was expected or time is up. */
  async save(expected: string): Promise<string> {
    await this.press("Control+s");
    const read = () => readFileSync(this.place.file, "utf8");
    await this.until("the saved file", () => read() === expected, {
      patienceMs: savePatienceMs,
    }).catch(() => undefined);
    return read();
  }

  /** Runs a command through the palette, which a window that is still settling may close again: then once more. */
  async command(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    const row = this.page
      .locator(".quick-input-list .monaco-list-row", { hasText: title })
      .first();
    await this.until(`"${title}" in the palette`, async () => {
      await this.press("F1");
      try {
        await input.waitFor({ timeout: palettePatienceMs });
        await input.fill(`>${title}`, { timeout: palettePatienceMs });
        await row.waitFor({ timeout: palettePatienceMs });
        await input.press("Enter", { timeout: palettePatienceMs });
        return true;
      } catch {
        await this.press("Escape");
        return false;
      }
    });
  }

  /** Looks at the window in its theme, and in the one of the other brightness. */
  async inBothThemes(look: (name: string) => Promise<void>): Promise<void> {
    for (let turn = 0; turn < 2; turn++) {
      const kind = await this.themeKind();
      await look(themeNames[kind]);
      await this.command("Preferences: Toggle between Light/Dark Themes");
      const other = this.page.locator(`.monaco-workbench:not(.${kind})`);
      await other.first().waitFor();
      await delay(repaintMs);
    }
  }

  /** By the class that the workbench wears. */
  private async themeKind(): Promise<keyof typeof themeNames> {
    const classes = await this.page
      .locator(".monaco-workbench")
      .first()
      .getAttribute("class");
    const kinds = Object.keys(themeNames) as (keyof typeof themeNames)[];
    const kind = kinds.find((each) => classes?.split(" ").includes(each));
    assert.ok(kind, `the workbench wears ${classes}`);
    return kind;
  }

  /** Rewrites the cursor's paragraph by a key that is bound to that task. */
  async simplify(): Promise<void> {
    await this.press(simplifyKey);
  }

  async screenshot(name: string): Promise<void> {
    const folder = path.join(projectFolder, "out/screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  async until<T>(
    what: string,
    ask: () => T | Promise<T>,
    { patienceMs = suggestionPatienceMs } = {},
  ): Promise<NonNullable<T>> {
    const askEveryMs = 100;
    for (let waited = 0; waited < patienceMs; waited += askEveryMs) {
      const answer = await ask();
      if (answer) return answer;
      await delay(askEveryMs);
    }
    throw new Error(`Cannot wait longer for ${what}`);
  }
}

function writeKeybindings(profile: ServerProfile): void {
  const bindings = [
    {
      key: "ctrl+alt+r",
      command: "inkling.generate",
      args: { task: "simplify" },
    },
  ];
  const file = path.join(
    path.dirname(profile.settingsFile),
    "keybindings.json",
  );
  writeFileSync(file, JSON.stringify(bindings));
}

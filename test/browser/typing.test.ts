// A paragraph is written by a person who takes a word whenever it is right: a series of pictures, and no flicker.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { openWorkbench } from "./support";

const heading = "# The calendar\n\n";
const headingLines = 2;
const paragraph =
  "The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday. " +
  "There are twelve months in a year: January, February, March, April, May, June, July, August, September, October, November and December.";
/** A slow typist, so that suggestions have the time to come. */
const keyMs = 150;
/** A person reads, then presses a key. */
const acceptMs = 250;
const wordsPerPicture = 4;

/** What stood in the paragraph at a frame: the text of the document and the grey text behind it. */
interface Frame {
  text: string;
  ghost: string;
}

suite("typing in a browser", () => {
  test("a paragraph is typed and accepted by words without flicker", async () => {
    const workbench = await openWorkbench({
      fileName: "paragraph.md",
      content: heading,
      settings: { "editor.minimap.enabled": false },
    });
    await workbench.type("T");
    await delay(5_000); // The model is loaded by then on a slow machine too.
    await recordFrames(workbench.page);

    let numAccepted = 0;
    let numPictures = 0;
    const maxSteps = paragraph.length;
    for (let step = 0; step < maxSteps; step++) {
      const { text, ghost } = await lastFrame(workbench.page);
      if (text === paragraph) break;
      assert.ok(paragraph.startsWith(text), `"${text}" was written`);
      const needed = paragraph.slice(text.length);
      if (ghost !== "" && needed.startsWith(firstWord(ghost))) {
        if (numAccepted % wordsPerPicture === 0) {
          const number = String(++numPictures).padStart(2, "0");
          await workbench.screenshot(`typing-${number}`);
        }
        await workbench.press("Control+ArrowRight");
        numAccepted++;
        await delay(acceptMs);
      } else {
        await workbench.page.keyboard.type(needed.slice(0, 1));
        await delay(keyMs);
      }
    }
    await workbench.screenshot("typing-end");

    const frames = await recordedFrames(workbench.page);
    assert.ok(numAccepted >= 10, `${numAccepted} words were accepted`);
    assert.ok(frames.length > numAccepted, "frames were recorded");
    assert.deepEqual(flickers(frames), []);
    const expected = heading + paragraph;
    assert.equal(await workbench.save(expected), expected);
  });
});

/** What one press of Ctrl+Right takes at the most. */
function firstWord(ghost: string): string {
  return /^[^\p{L}\p{N}]*[\p{L}\p{N}]*/u.exec(ghost)?.[0] ?? ghost;
}

/**
 * Places at which a grey text went away and came back although nothing was done but to write along it: what the line
 * promised to become is the same before and after, as far as both go.
 */
function flickers(frames: readonly Frame[]): string[] {
  const found: string[] = [];
  let visible: Frame | undefined;
  let isGone = false;
  for (const frame of frames) {
    if (frame.ghost === "") {
      isGone = visible !== undefined;
      const isWrittenOut =
        visible && frame.text.length >= (visible.text + visible.ghost).length;
      if (isWrittenOut) visible = undefined;
      continue;
    }
    if (visible && isGone && isSamePromise(visible, frame)) {
      found.push(`"${visible.ghost}" went away and "${frame.ghost}" came back`);
    }
    visible = frame;
    isGone = false;
  }
  return found;
}

function isSamePromise(before: Frame, after: Frame): boolean {
  const promises = [before.text + before.ghost, after.text + after.ghost];
  const [shorter = "", longer = ""] = promises.sort(
    (a, b) => a.length - b.length,
  );
  return longer.startsWith(shorter) && after.text.length < shorter.length;
}

type RecordingWindow = { inklingFrames?: Frame[] };

/** Notes the paragraph, which VS Code wraps, at each frame at which it differs from the frame before. */
async function recordFrames(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const frames = (window.inklingFrames = []);
    const look = () => {
      const top = (line) => parseFloat(line.style.top);
      const lines = [...document.querySelectorAll(".editor-instance .view-line")]
        .sort((a, b) => top(a) - top(b))
        .slice(${headingLines});
      const selector = ".ghost-text-decoration, .ghost-text";
      const spans = lines.flatMap((line) => [...line.querySelectorAll(selector)]);
      const plain = (text) => text.replaceAll("\\u00a0", " ");
      const ghost = plain(spans.map((span) => span.textContent).join(""));
      const whole = plain(lines.map((line) => line.textContent).join(""));
      const text = ghost ? whole.slice(0, whole.lastIndexOf(ghost)) : whole;
      const before = frames.at(-1);
      if (before?.text !== text || before.ghost !== ghost) frames.push({ text, ghost });
      requestAnimationFrame(look);
    };
    look();
  })()`);
}

function recordedFrames(page: Page): Promise<Frame[]> {
  return page.evaluate(
    () => (globalThis as unknown as RecordingWindow).inklingFrames ?? [],
  );
}

async function lastFrame(page: Page): Promise<Frame> {
  const frames = await recordedFrames(page);
  return frames.at(-1) ?? { text: "", ghost: "" };
}

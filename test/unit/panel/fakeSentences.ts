// The sentences of the panel without VS Code: each says its name and what it was given.
import type * as Sentences from "../../../src/words/panelSentences";

/** Stands in for the module of the same form. */
export const fakeSentences = new Proxy({} as typeof Sentences, {
  get: (_, name) => {
    if (name === "actionLabels") {
      return () => ({ trust: "", openFolder: "", showLog: "Show Log" });
    }
    if (/Forms$/.test(String(name))) {
      return () => ["file", "folder"].map((value) => ({ label: value, value }));
    }
    if (/Question$/.test(String(name))) {
      return () => ({ message: String(name), detail: "", yes: "" });
    }
    return (...values: unknown[]) =>
      [String(name), ...values.map((value) => plain(value))].join(" ");
  },
});

function plain(value: unknown): string {
  return value instanceof Error ? value.message : JSON.stringify(value);
}

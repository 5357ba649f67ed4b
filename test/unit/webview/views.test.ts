// What the page shows for a state, as plain data: no browser is needed for that.
import assert from "node:assert/strict";
import { newRun, withProgress } from "../../../src/panel/runRecord";
import type {
  PanelAdapter,
  PanelDocument,
  PanelRun,
  PanelState,
} from "../../../src/protocol/panel";
import type {
  TrainingProgress,
  EvaluationReport,
} from "../../../src/protocol/training";
import { adaptersView } from "../../../src/webview/adaptersView";
import { answerView, reportRows } from "../../../src/webview/answerView";
import { documentsView } from "../../../src/webview/documentsView";
import { duration, memory, signed } from "../../../src/webview/figures";
import { lossColumns } from "../../../src/webview/lossColumns";
import { pageView } from "../../../src/webview/page";
import {
  announcementOf,
  progressAfter,
  runView,
} from "../../../src/webview/runView";
import { settingsView } from "../../../src/webview/settingsView";
import { fill, textField } from "../../../src/webview/view";
import {
  buttonsOf,
  findAll,
  textOf,
  trigger,
  type Element,
  viewOf,
} from "./support";

const progress: TrainingProgress = {
  phase: "training",
  fraction: 0.46,
  elapsedSeconds: 60,
  step: 46,
  steps: 100,
  tokensPerSecond: 210,
  trainingLoss: 2.5,
  heldOutLoss: { step: 40, loss: 2.7 },
  secondsLeft: 130,
  residentMb: 1480,
};
const run: PanelRun = {
  ...withProgress(newRun({ adapterId: "a", name: "Project" }), progress),
  skipped: [],
  state: { kind: "training" },
};

const proof: EvaluationReport = {
  documents: 5,
  resampled: "paragraphs",
  bitsPerCharacter: { before: 1.4, after: 1.2, low: -0.25, high: -0.15 },
  saved1Word: { before: 0.2, after: 0.26, low: 0.03, high: 0.09 },
  precision: { before: 0.6, after: 0.65, low: 0, high: 0.1 },
  wrongShowRate: { before: 0.08, after: 0.07, low: -0.02, high: 0 },
  rivals: { wordCache: 0.1, ngram: 0.15 },
  general: { before: 1, after: 1.01 },
  passages: [],
};

function adapter(part: Partial<PanelAdapter>): PanelAdapter {
  return {
    id: "a",
    name: "Project",
    base: "SmolLM2",
    createdAt: "",
    isActive: false,
    verdict: "helps",
    documents: [],
    proof,
    examples: undefined,
    fault: "",
    ...part,
  };
}

suite("views of the panel", () => {
  test("pageView() of a blocked window shows the notice and nothing to do", () => {
    const notice = {
      severity: "warning",
      text: "No folder",
      actions: [],
    } as const;
    const view = viewOf({
      phase: "blocked",
      notice: { ...notice, actions: [] },
    });
    const page = pageView(view);
    assert.match(textOf(page), /No folder/);
    assert.deepEqual(buttonsOf(page, "start"), []);
    assert.deepEqual(buttonsOf(page, "import"), []);
  });

  test("pageView() disables the start and says why", () => {
    const view = viewOf({ blockedReason: "Too little text" });
    const page = pageView(view);
    const [start] = buttonsOf(page, "start");
    assert.equal(start?.props["disabled"], true);
    assert.match(textOf(page), /Too little text/);
  });

  test("pageView() asks the host to start", () => {
    const view = viewOf();
    trigger(buttonsOf(pageView(view), "start")[0], "onClick");
    assert.deepEqual(view.actions, [{ kind: "start" }]);
  });

  test("documentsView() takes a document in or out with its box, and not during a run", () => {
    const documents: PanelDocument[] = [
      {
        name: "a.md",
        tokens: 3,
        role: "training",
        reason: "",
        isChoosable: true,
        canTrainAnyway: false,
      },
    ];
    for (const part of [{}, { run }, { phase: "estimating" }] as const) {
      const view = viewOf(part);
      view.state = {
        ...view.state,
        documents: { ...view.state.documents, documents },
      };
      const items = findAll(
        documentsView(view),
        ({ props }) => props["role"] === "treeitem",
      );
      trigger(items[1], "onKeyDown", {
        key: " ",
        preventDefault() {},
        stopPropagation() {},
      });
      assert.deepEqual(
        view.actions,
        Object.keys(part).length === 0
          ? [{ kind: "assign", names: ["a.md"], role: "out" }]
          : [],
      );
    }
  });

  test("documentsView() offers to train anyway on a row with a secret alone, by its button and by Space, and not during a run", () => {
    const out = { tokens: 3, role: "out", isChoosable: false } as const;
    const documents: PanelDocument[] = [
      { ...out, name: "a.md", reason: "secret", canTrainAnyway: true },
      { ...out, name: "b.md", reason: "generated", canTrainAnyway: false },
    ];
    const actionsOn = (name: string, part: Partial<PanelState>) => {
      const view = viewOf(part, { row: name });
      view.state = {
        ...view.state,
        documents: { ...view.state.documents, documents },
      };
      const page = documentsView(view);
      const [button] = buttonsOf(page, "trainAnyway");
      if (!button?.props["disabled"]) trigger(button, "onClick");
      const row = findAll(page, ({ props }) => props["role"] === "treeitem");
      trigger(row[name === "a.md" ? 1 : 2], "onKeyDown", {
        key: " ",
        preventDefault() {},
        stopPropagation() {},
      });
      return view.actions;
    };
    const asked = { kind: "trainAnyway", name: "a.md" };
    assert.deepEqual(actionsOn("a.md", {}), [asked, asked]);
    assert.deepEqual(actionsOn("a.md", { run }), []);
    assert.deepEqual(actionsOn("b.md", {}), []);
  });

  test("settingsView() stays open while a setting is wrong and ties the fault to its field", () => {
    const view = viewOf();
    view.state = {
      ...view.state,
      settings: { ...view.state.settings, errors: { rank: "Too large" } },
    };
    const details = settingsView(view) as Element;
    assert.equal(details.props["open"], true);
    const folded = { open: false };
    trigger(details, "onToggle", { currentTarget: folded });
    assert.ok(folded.open);
    const [field] = findAll(
      details,
      ({ props }) => props["aria-invalid"] === "true",
    );
    assert.equal(field?.props["id"], "setting-rank");
    const [fault] = findAll(details, ({ props }) => props["role"] === "alert");
    assert.ok(fault && textOf(fault) === "Too large");
    assert.match(
      String(field?.props["aria-describedby"]),
      new RegExp(String(fault?.props["id"])),
    );
  });

  test("textField() leaves the text alone while the person is in the field", () => {
    const { ref } = textField({ id: "x", value: "8", onText: () => {} });
    for (const isFocused of [true, false]) {
      const ownerDocument: { activeElement: unknown } = { activeElement: null };
      const input = { value: "80", ownerDocument };
      if (isFocused) ownerDocument.activeElement = input;
      (ref as (input: unknown) => void)(input);
      assert.equal(input.value, isFocused ? "80" : "8");
    }
  });

  test("runView() shows the end of a sample's text once, and three ways on", () => {
    const sample = {
      step: 20,
      document: "guide.md",
      prompt: `${"long ago ".repeat(60)}the lighthouse`,
      before: " was",
      now: " of Varnholm",
      expected: " is kept",
    };
    const section = runView(viewOf({ run: { ...run, samples: [sample] } }));
    assert.ok(section);
    const texts = findAll(section, ({ type }) => type === "p").map(textOf);
    const given = texts.filter((text) => text.includes("lighthouse"));
    assert.equal(given.length, 1);
    assert.match(given[0]!, /^… .*the lighthouse$/);
    assert.ok(given[0]!.length < 200, given[0]);
    assert.deepEqual(texts.slice(-3), [" was", " of Varnholm", " is kept"]);
  });

  test("runView() offers Resume alone for a run without a trainer", () => {
    const state = { kind: "interrupted", isPausedByUser: false } as const;
    const section = runView(viewOf({ run: { ...run, state } }));
    assert.ok(section);
    assert.equal(buttonsOf(section, "resume").length, 1);
    const [keep] = buttonsOf(section, "stopAndKeep");
    assert.equal(keep?.props["disabled"], true);
  });

  test("runView() says what the run is doing and enables what can be done then", () => {
    const enabledAt = (state: PanelRun["state"]) => {
      const section = runView(viewOf({ run: { ...run, state } }));
      assert.ok(section);
      const [status] = findAll(
        section,
        ({ props }) => props["class"] === "summary",
      );
      const buttons = buttonsOf(section, "")
        .filter(({ props }) => !props["disabled"])
        .map((button) => textOf(button).split(" ")[0]);
      return [textOf(status).split(" ")[0], ...buttons];
    };
    const rows: [PanelRun["state"], string[]][] = [
      [{ kind: "waiting" }, ["waitingForWindow", "cancel"]],
      [{ kind: "preparing" }, ["preparing", "pause", "discard"]],
      [{ kind: "training" }, ["training", "pause", "stopAndKeep", "discard"]],
      [{ kind: "evaluating" }, ["measuringAfter", "pause", "discard"]],
      [
        { kind: "pausedByUser", work: "training" },
        ["paused", "resume", "stopAndKeep", "discard"],
      ],
      [
        { kind: "pausedByTyping", work: "evaluating" },
        ["heldByTyping", "pause", "discard"],
      ],
      [{ kind: "stopping", work: "training", keep: true }, ["stopping"]],
      [
        { kind: "interrupted", isPausedByUser: false },
        ["paused", "resume", "discard"],
      ],
    ];
    for (const [state, shown] of rows) {
      assert.deepEqual(enabledAt(state), shown, state.kind);
    }
  });

  test("progressAfter() lets the clock go on between reports, and never to the very end", () => {
    const report = {
      ...progress,
      elapsedSeconds: 60,
      secondsLeft: 40,
      fraction: 0.6,
    };
    const { secondsLeft, elapsedSeconds, fraction } = progressAfter(report, 20);
    assert.deepEqual([secondsLeft, elapsedSeconds, fraction], [20, 80, 0.8]);
    assert.equal(progressAfter(report, 1000).secondsLeft, 1);
    const unknown = { ...report, secondsLeft: undefined };
    assert.deepEqual(progressAfter(unknown, 20), unknown);
  });

  test("pageView() has three choices with what each takes, and one more for numbers of one's own", () => {
    const forecast = { seconds: 300, isAtMost: false };
    const choicesOf = (maxMinutes: string) => {
      const view = viewOf({ forecasts: { quick: forecast } });
      const { settings } = view.state;
      settings.values = { ...settings.values, maxMinutes };
      const radios = findAll(
        pageView(view),
        ({ props }) => props["name"] === "choice",
      );
      trigger(radios[0], "onChange", { currentTarget: { checked: true } });
      assert.deepEqual(view.actions, [{ kind: "choice", choice: "quick" }]);
      return radios.map(({ props }) => props["checked"]);
    };
    assert.deepEqual(choicesOf("5"), [true, false, false]);
    assert.deepEqual(choicesOf("20"), [false, true, false]);
    assert.deepEqual(choicesOf("7"), [false, false, false, true]);
  });

  test("announcementOf() changes by tenths, so that a reader is not interrupted by every step", () => {
    const at = (fraction: number) =>
      announcementOf(viewOf({ run }), {
        ...run,
        progress: { ...progress, fraction },
      });
    assert.equal(at(0.41), at(0.49));
    assert.notEqual(at(0.49), at(0.51));
  });

  test("proofRows() gives each difference with its interval", () => {
    const view = viewOf();
    view.words = {
      ...view.words,
      interval: "{0} ({1} to {2})",
      saved: "saved",
    };
    const [saved] = reportRows(proof, view);
    assert.deepEqual(saved?.slice(1), [
      "20.0%",
      "26.0%",
      "+6.0 (+3.0 to +9.0)",
    ]);
  });

  test("answerView() recommends switching on only what helps", () => {
    const answer = {
      adapterId: "a",
      name: "Project",
      recommendation: "",
      proof,
      examples: undefined,
    };
    const labels = (
      verdict: "helps" | "no-gain" | "unclear",
      phase: "choosing" | "estimating" = "choosing",
    ) => {
      const section = answerView(
        viewOf({ answer: { ...answer, verdict }, phase }),
      );
      assert.ok(section);
      const [first] = findAll(section, ({ type }) => type === "button");
      return [first && textOf(first).split(" ")[0], first?.props["class"]];
    };
    assert.deepEqual(labels("helps"), ["switchOn", "primary"]);
    assert.deepEqual(labels("no-gain"), ["switchOnAnyway", "secondary"]);
    assert.deepEqual(labels("unclear"), ["trainLonger", "primary"]);
    assert.deepEqual(labels("unclear", "estimating"), [
      "switchOnAnyway",
      "secondary",
    ]);
  });

  test("answerView() shows labels with what needs no model and a table of confusions", () => {
    const accuracy = { before: 0.5, after: 0.8, low: 0.1, high: 0.5 };
    const textsOf = (confusions: number[][]) => {
      const section = answerView(
        viewOf({
          answer: {
            adapterId: "a",
            name: "Mood",
            verdict: "helps",
            recommendation: "",
            proof: undefined,
            examples: {
              rows: 60,
              accuracy,
              labels: {
                names: ["good", "bad"],
                confusions,
                macroF1: accuracy,
                wordCount: { accuracy: 0.7, low: -0.1, high: 0.3 },
                majority: 0.6,
              },
            },
          },
        }),
      );
      return findAll(section, ({ type }) => type === "table").map((table) =>
        findAll(table, ({ type }) => type === "tr").map((row) =>
          findAll(row, ({ type }) => type === "th" || type === "td").map(
            (cell) => textOf(cell).split(" ")[0],
          ),
        ),
      );
    };
    const even = [
      [25, 5],
      [7, 23],
    ];
    const [figures, baselines, confusions] = textsOf(even);
    assert.deepEqual(figures!.slice(1), [
      ["rightLabels", "50.0%", "80.0%", "interval"],
    ]);
    assert.deepEqual(baselines!.slice(1), [
      ["countOfWords", "70.0%", "interval"],
      ["mostFrequent", "60.0%", "+20.0"],
    ]);
    assert.deepEqual(confusions, [
      ["rightLabel", "good", "bad"],
      ["good", "25", "5"],
      ["bad", "7", "23"],
    ]);
    const uneven = [
      [45, 5],
      [2, 8],
    ];
    assert.deepEqual(
      textsOf(uneven)[0]!.map(([name]) => name),
      ["figure", "rightLabels", "macroF1"],
    );
  });

  test("adaptersView() lets a damaged adapter be deleted and nothing else", () => {
    const damaged = adapter({ proof: undefined, fault: "It is damaged" });
    const section = adaptersView(viewOf({ adapters: [damaged] }));
    const [card] = findAll(section, ({ type }) => type === "li");
    assert.ok(card);
    const buttons = findAll(card, ({ type }) => type === "button");
    assert.deepEqual(
      buttons.map((button) => textOf(button).split(" ")[0]),
      ["delete"],
    );
    assert.match(textOf(card), /It is damaged/);
  });

  test("settingsView() offers to remove prepared weights with their size, unless a run may need them", () => {
    const view = viewOf({ preparedMb: 541 });
    const [offer] = buttonsOf(settingsView(view), "removePrepared 541 MB");
    trigger(offer, "onClick");
    assert.deepEqual(view.actions, [{ kind: "removePrepared" }]);
    for (const without of [
      viewOf({ preparedMb: 541, run }),
      viewOf({ preparedMb: 0 }),
    ]) {
      const buttons = buttonsOf(settingsView(without), "removePrepared");
      assert.deepEqual(buttons, []);
    }
  });

  test("adaptersView() compares two and says when they were measured on different text", () => {
    const heldOut = (name: string) => [{ name, isHeldOut: true }];
    const adapters = [
      adapter({ id: "a", documents: heldOut("x.md") }),
      adapter({ id: "b", name: "Other", documents: heldOut("y.md") }),
    ];
    const view = viewOf({ adapters }, { compared: ["a", "b"] });
    assert.match(textOf(adaptersView(view)), /otherHeldOut/);
    const same = adapters.map((each) => ({ ...each, documents: [] }));
    const sameView = viewOf({ adapters: same }, { compared: ["a", "b"] });
    assert.doesNotMatch(textOf(adaptersView(sameView)), /otherHeldOut/);
  });
});

suite("figures of the panel", () => {
  test("lossColumns() joins two curves over one axis with holes", () => {
    const training = [
      { step: 1, loss: 3 },
      { step: 2, loss: 2 },
    ];
    const heldOut = [{ step: 2, loss: 2.5 }];
    assert.deepEqual(lossColumns({ training, heldOut }), [
      [1, 2],
      [3, 2],
      [null, 2.5],
    ]);
  });

  test("duration() changes from seconds to minutes to hours", () => {
    const view = viewOf();
    view.words = {
      ...view.words,
      seconds: "{0} s",
      minutes: "{0} min",
      hours: "{0} h",
    };
    assert.deepEqual(
      [40, 600, 9000].map((seconds) => duration(seconds, view)),
      ["40 s", "10 min", "2.5 h"],
    );
  });

  test("memory() and signed() read as a person writes them", () => {
    assert.deepEqual(
      [memory(870, "en"), memory(1480, "en")],
      ["870 MB", "1.5 GB"],
    );
    const options = { locale: "en", digits: 1 };
    assert.deepEqual(
      [signed(1.25, options), signed(-2, options)],
      ["+1.3", "−2.0"],
    );
  });

  test("fill() leaves a place for which there is nothing", () => {
    assert.equal(fill("{0} of {1}", 3), "3 of {1}");
  });
});

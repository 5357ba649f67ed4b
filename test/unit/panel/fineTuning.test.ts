// Fine-tuning of one workspace over dialogs that answer what a test says: adapters go out and come in, prepared weights
// are removed, and the documents of folders that come and go are looked at again.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Dialogs } from "../../../src/panel/dialogs";
import { keepTrainingSpeed } from "../../../src/model/files/trainingSpeed";
import { FineTuning } from "../../../src/panel/fineTuning";
import { firstState, PanelModel } from "../../../src/panel/panelModel";
import { PanelStore } from "../../../src/panel/panelStore";
import type { Trainer } from "../../../src/panel/trainer";
import type { TrainingRequest } from "../../../src/protocol/training";
import type { Question } from "../../../src/words/panelCodes";
import { drawProse, writeTree } from "../support/textTree";
import { writeForeignAdapter } from "../support/foreignAdapter";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("FineTuning", () => {
  const inFolder = useTemporaryFolder();
  let number = 0;
  let root: string;
  let model: PanelModel;
  let tuning: FineTuning;
  let folders: { folder: string; prefix: string }[];
  let holder: { title: string } | undefined;
  /** What the person answers; undefined is a dialog that is dismissed. */
  let answers: {
    form?: "file" | "folder" | undefined;
    file?: string | undefined;
    folder?: string | undefined;
    confirm?: boolean | undefined;
  };
  /** What the person was asked to confirm. */
  let questions: Question[];
  let onQuestion: (() => void) | undefined;
  /** What the trainer was asked to try. */
  let requests: TrainingRequest[];

  setup(() => {
    root = inFolder(String(number++));
    mkdirSync(path.join(root, "cache/Model-training-0123456789abcdef"), {
      recursive: true,
    });
    const weights = "cache/Model-training-0123456789abcdef/model.safetensors";
    writeFileSync(path.join(root, weights), Buffer.alloc(3_000_000));
    holder = undefined;
    answers = {};
    folders = [];
    questions = [];
    onQuestion = undefined;
    requests = [];
    tuning = openWindow();
  });
  teardown(() => tuning.dispose());

  /** Makes `model` that of a window on the same storage. */
  function openWindow(): FineTuning {
    model = new PanelModel(firstState({ workspace: "w", saved: {} }));
    return new FineTuning({
      model,
      store: new PanelStore(path.join(root, "store")),
      folder: () => folders,
      adaptersFolder: path.join(root, "adapters"),
      trainer: idleTrainer(
        () => holder,
        (request) => requests.push(request),
      ),
      adapterSwitch: { folder: undefined, fault: "", use: async () => {} },
      dialogs: dialogsThatSay(
        () => answers,
        (question) => {
          questions.push(question);
          onQuestion?.();
        },
      ),
      newName: () => "New",
      place: () => ({
        modelFolder: "/model",
        cacheFolder: path.join(root, "cache"),
        generalFile: undefined,
      }),
      alwaysExcluded: () => [],
      gitProgram: () => undefined,
      preview: async () => {},
      log: () => {},
    });
  }

  function names(): string[] {
    return model.state.adapters.map(({ name }) => name).sort();
  }

  test("FineTuning exports as one file or as a folder, and imports both", async () => {
    writeForeignAdapter(path.join(root, "adapters/lamp"));
    await tuning.restore();
    const file = path.join(root, "out.safetensors");
    answers = { form: "file", file };
    await tuning.act({ kind: "export", id: "lamp" });
    assert.ok(existsSync(file));
    const folder = path.join(root, "target");
    mkdirSync(folder);
    answers = { form: "folder", folder };
    await tuning.act({ kind: "export", id: "lamp" });
    assert.deepEqual(readdirSync(folder), ["lamp"]);

    answers = { form: "file", file };
    await tuning.act({ kind: "import" });
    answers = { form: "folder", folder: path.join(folder, "lamp") };
    await tuning.act({ kind: "import" });
    assert.deepEqual(names(), ["lamp", "lamp-2", "out"]);
  });

  test("FineTuning does nothing when a dialog is dismissed, and says what is no adapter", async () => {
    writeForeignAdapter(path.join(root, "adapters/lamp"));
    await tuning.restore();
    for (const form of [undefined, "file", "folder"] as const) {
      answers = { form };
      await tuning.act({ kind: "export", id: "lamp" });
      await tuning.act({ kind: "import" });
    }
    assert.deepEqual([names(), model.state.notice], [["lamp"], undefined]);

    answers = { form: "folder", folder: path.join(root, "cache") };
    await tuning.act({ kind: "import" });
    const { notice } = model.state;
    assert.ok(notice?.code === "failed");
    assert.match(notice.message, /adapter_config\.json/);
    assert.deepEqual(names(), ["lamp"]);
  });

  test("FineTuning says in a code what of an adapter could not be written, and where", async () => {
    writeForeignAdapter(path.join(root, "adapters/lamp"));
    await tuning.restore();
    const occupied = path.join(root, "occupied");
    writeFileSync(occupied, "");
    const file = path.join(occupied, "lamp.safetensors");
    answers = { form: "file", file };
    await tuning.act({ kind: "export", id: "lamp" });
    const { notice } = model.state;
    assert.ok(notice?.code === "cannot-write");
    assert.equal(notice.fault.code, "not-a-folder");
    assert.equal(notice.fault.path, file);
  });

  test("FineTuning shows how much prepared weights take and removes them, but not under another window's run", async () => {
    await tuning.restore();
    assert.equal(model.state.preparedMb, 3);
    holder = { title: "other" };
    await tuning.act({ kind: "removePrepared" });
    assert.equal(model.state.preparedMb, 3);
    assert.deepEqual(model.state.notice, { code: "elsewhere", title: "other" });
    holder = undefined;
    await tuning.act({ kind: "removePrepared" });
    assert.equal(model.state.preparedMb, 0);
    assert.deepEqual(readdirSync(path.join(root, "cache")), []);
  });

  test("FineTuning looks at the documents again when a folder comes", async () => {
    const add = (name: string) => {
      const folder = path.join(root, name);
      mkdirSync(folder);
      const text = drawProse(number + folders.length, 300);
      writeFileSync(path.join(folder, "text.md"), text);
      folders.push({ folder, prefix: `${name}/` });
    };
    add("one");
    await tuning.syncWithDisk();
    add("two");
    await tuning.foldersChanged();
    const { documents } = model.state.documents;
    assert.deepEqual(
      documents.map(({ name }) => name),
      ["one/text.md", "two/text.md"],
    );
  });

  /** A folder with text enough, in which a document holds a secret and another is generated. */
  async function openSecrets() {
    const folder = path.join(root, "texts");
    const write = (name: string, text: string) =>
      writeTree(folder, { [name]: text });
    for (let i = 0; i < 9; i++) write(`text${i}.md`, drawProse(i, 400));
    const secret = `${drawProse(20, 400)}Our key is ${"AKIA"}IOSFODNN7QRXTPLK.\n`;
    write("secret.md", secret);
    write(
      "made.md",
      `<!-- This file is generated by a tool. -->\n${drawProse(21, 400)}`,
    );
    folders.push({ folder, prefix: "" });
    await tuning.syncWithDisk();
    return { secret, write };
  }

  function stateOf(wanted: string) {
    const { documents } = model.state.documents;
    const found = documents.find(({ name }) => name === wanted);
    return found && [found.role, found.reason?.code, found.canTrainAnyway];
  }
  const ASKS = ["out", "secret", true];
  const ALLOWED = ["training", "allowed-by-hand", false];
  const trainAnyway = (name: string) =>
    tuning.act({ kind: "trainAnyway", name });

  test("FineTuning trains on a document with a secret when the person says so, and tells the trainer", async () => {
    const { secret } = await openSecrets();
    const sha256 = createHash("sha256").update(secret).digest("hex");
    assert.deepEqual(stateOf("secret.md"), ASKS);
    answers = { confirm: false };
    await trainAnyway("secret.md");
    assert.deepEqual(stateOf("secret.md"), ASKS);

    answers = { confirm: true };
    await trainAnyway("secret.md");
    assert.deepEqual(stateOf("secret.md"), ALLOWED);
    const question = {
      code: "train-anyway",
      name: "secret.md",
      secret: {
        kind: "token",
        line: secret.trimEnd().split("\n").length,
        sha256,
      },
    };
    assert.deepEqual(questions, [question, question]);
    await tuning.act({ kind: "estimate" });
    const source = requests[0]?.source;
    assert.ok(source?.kind === "documents");
    assert.deepEqual(
      source.training.filter(({ allowedSecret }) => allowedSecret),
      [
        {
          file: path.join(root, "texts/secret.md"),
          name: "secret.md",
          allowedSecret: sha256,
        },
      ],
    );
  });

  test("FineTuning trains for longer, and its settings say so", async () => {
    await openSecrets();
    await tuning.act({ kind: "setting", field: "maxMinutes", text: "4" });
    await tuning.act({ kind: "trainLonger" });
    assert.equal(requests[0]?.settings.maxMinutes, 12);
    assert.equal(model.state.settings.values.maxMinutes, "12");
  });

  test("FineTuning fills in a choice, goes on with the next one, and foresees each by what was kept of earlier runs", async () => {
    keepTrainingSpeed(
      path.join(root, "cache"),
      { modelFolder: "/model", blockTokens: 256, lastLayers: 0, rank: 16 },
      { tokensPerSecond: 100, preparingSeconds: 10 },
    );
    await openSecrets();
    await tuning.act({ kind: "choice", choice: "quick" });
    const { forecasts } = model.state;
    assert.ok(forecasts.quick!.seconds! < 300);
    assert.equal(forecasts.quick!.isAtMost, false);
    assert.ok(forecasts.thorough!.seconds! > forecasts.good!.seconds!);
    assert.deepEqual(forecasts.own, forecasts.quick);
    await tuning.act({ kind: "trainLonger" });
    assert.equal(requests[0]?.settings.maxMinutes, 20);
  });

  test("FineTuning asks nothing about what is left out for another reason", async () => {
    await openSecrets();
    await trainAnyway("made.md");
    await trainAnyway("text1.md");
    await trainAnyway("nowhere.md");
    await tuning.act({ kind: "assign", names: ["made.md"], role: "training" });
    assert.deepEqual(questions, []);
    assert.deepEqual(stateOf("made.md"), ["out", "generated", false]);
  });

  test("FineTuning remembers an allowed secret in the next window, until its document changes", async () => {
    const { secret, write } = await openSecrets();
    await trainAnyway("secret.md");
    tuning.dispose();
    tuning = openWindow();
    await tuning.syncWithDisk();
    assert.deepEqual(stateOf("secret.md"), ALLOWED);

    write("secret.md", `${secret}More.`);
    await tuning.act({ kind: "collect" });
    assert.deepEqual(stateOf("secret.md"), ASKS);
    await trainAnyway("secret.md");
    assert.deepEqual(stateOf("secret.md"), ALLOWED);
    assert.equal(questions.length, 2);
  });

  test("FineTuning takes an allowed secret back with Leave Out, and then asks again", async () => {
    await openSecrets();
    await trainAnyway("secret.md");
    const names = ["secret.md"];
    await tuning.act({ kind: "assign", names, role: "out" });
    assert.deepEqual(stateOf("secret.md"), ASKS);
    for (const role of ["in", "training"] as const) {
      await tuning.act({ kind: "assign", names, role });
      assert.deepEqual(stateOf("secret.md"), ASKS);
    }
    await trainAnyway("secret.md");
    assert.deepEqual(stateOf("secret.md"), ALLOWED);
  });

  test("FineTuning does not allow what a document has become while the question stood", async () => {
    const { secret, write } = await openSecrets();
    onQuestion = () => write("secret.md", `${secret}More.`);
    await trainAnyway("secret.md");
    assert.deepEqual(stateOf("secret.md"), ASKS);
  });
});

/** Trains nothing. */
function idleTrainer(
  findHolder: Trainer["findHolder"],
  onRequest: (request: TrainingRequest) => void,
): Trainer {
  const refuse = async (): Promise<never> => {
    throw new Error("Cannot train: not asked for here");
  };
  const rest = async () => {};
  return {
    estimate: (request) => {
      onRequest(request);
      return refuse();
    },
    train: (request) => {
      onRequest(request);
      return refuse();
    },
    pause: rest,
    resume: rest,
    stop: rest,
    findHolder,
  };
}

function dialogsThatSay(
  answers: () => {
    form?: "file" | "folder" | undefined;
    file?: string | undefined;
    folder?: string | undefined;
    confirm?: boolean | undefined;
  },
  onQuestion: (question: Question) => void,
): Dialogs {
  return {
    confirm: async (question) => {
      onQuestion(question);
      return answers().confirm ?? true;
    },
    askName: async () => undefined,
    chooseForm: async () => answers().form,
    chooseFolder: async () => answers().folder,
    chooseFile: async () => answers().file,
    chooseNewFile: async () => answers().file,
  };
}

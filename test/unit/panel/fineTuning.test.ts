// Fine-tuning of one workspace over dialogs that answer what a test says: adapters go out and come in, prepared weights
// are removed, and the documents of folders that come and go are looked at again.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Dialogs } from "../../../src/panel/dialogs";
import { FineTuning } from "../../../src/panel/fineTuning";
import { firstState, PanelModel } from "../../../src/panel/panelModel";
import { PanelStore } from "../../../src/panel/panelStore";
import type { Trainer } from "../../../src/panel/trainer";
import { drawProse } from "../support/textTree";
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
  };

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
    model = new PanelModel(firstState({ workspace: "w", saved: {} }));
    tuning = new FineTuning({
      model,
      store: new PanelStore(path.join(root, "store")),
      folder: () => folders,
      adaptersFolder: path.join(root, "adapters"),
      trainer: idleTrainer(() => holder),
      adapterSwitch: { folder: undefined, fault: "", use: async () => {} },
      dialogs: dialogsThatSay(() => answers),
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
  });
  teardown(() => tuning.dispose());

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
});

/** Trains nothing. */
function idleTrainer(findHolder: Trainer["findHolder"]): Trainer {
  const refuse = async (): Promise<never> => {
    throw new Error("Cannot train: not asked for here");
  };
  const rest = async () => {};
  return {
    estimate: refuse,
    train: refuse,
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
  },
): Dialogs {
  return {
    confirm: async () => true,
    askName: async () => undefined,
    chooseForm: async () => answers().form,
    chooseFolder: async () => answers().folder,
    chooseFile: async () => answers().file,
    chooseNewFile: async () => answers().file,
  };
}

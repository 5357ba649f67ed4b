// Everything that writes, at places that cannot be written: real disks that are full or read-only where this machine
// lets a test mount one, and paths that no system can make. What is said names what was done, the place and its state
// in words; nothing is left there.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { AdapterFolders } from "../../../src/adapters/adapterFolders";
import { writeAdapter } from "../../../src/adapters/peftAdapter";
import { TrainingLock } from "../../../src/client/trainingLock";
import { faultOf } from "../../../src/common/fault";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import { exportModel } from "../../../src/model/import/exportModel";
import { writeFreshModel } from "../../../src/model/import/freshModel";
import { importModel } from "../../../src/model/import/importModel";
import { openTrainingFolder } from "../../../src/model/quantise/trainingWeights";
import { PanelStore } from "../../../src/panel/panelStore";
import { RunControl } from "../../../src/trainer/runControl";
import { runTraining } from "../../../src/trainer/runTraining";
import { makePackedModel } from "../support/packedModel";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter } from "../support/tinyAdapter";
import { removeTinyModel } from "../support/tinyModel";
import { makeRequest, makeTinyTextModel } from "../support/trainingCase";

/** A folder that cannot be written, or undefined where this machine cannot make one. */
type MakePlace = (folder: string) => string | undefined;

interface Place {
  make: MakePlace;
  state: RegExp;
  /** Whether root could write there all the same. */
  stopsNoRoot?: boolean;
}

const PLACES: Record<string, Place> = {
  "a full disk": {
    make: (folder) => mount(folder, { fill: true }),
    state:
      /the disk is full, with 0 MB free, expected (at least 1 MB|room for it)$/,
  },
  "a read-only disk": {
    make: (folder) => mount(folder, { readOnly: true }),
    state: /the disk is read-only/,
  },
  "a folder of somebody else": {
    make(folder) {
      if (process.platform === "win32") return;
      mkdirSync(folder, { mode: 0o500 });
      return folder;
    },
    state: /you may not write there/,
    stopsNoRoot: true,
  },
  "a path with a file in it": {
    make(folder) {
      writeFileSync(folder, "");
      return folder;
    },
    state: /a file and a folder of one name are in each other's way/,
  },
  "a name that is too long": {
    make: (folder) => path.join(folder, "n".repeat(300)),
    state: /the name is too long/,
  },
  "a link to itself": {
    make(folder) {
      if (process.platform === "win32") return;
      symlinkSync(folder, folder);
      return folder;
    },
    state: /the links on the way lead in a circle/,
  },
};

/** A user without rights, on every Unix. */
const NOBODY = 65534;

/** Does something as a user who may not write everywhere: root is nobody meanwhile. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid!(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid!(0);
  }
}

const mounted: string[] = [];

/** A disk of 4 MB, or of 64 kB that is full or read-only; undefined where none can be mounted. */
function mount(
  folder: string,
  { fill = false, readOnly = false },
): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return;
  mkdirSync(folder);
  const size = fill || readOnly ? "64k" : "4m";
  const options = `size=${size}${readOnly ? ",ro" : ""}`;
  const run = spawnSync("mount", [
    "-t",
    "tmpfs",
    "-o",
    options,
    "none",
    folder,
  ]);
  if (run.status !== 0) return;
  mounted.push(folder);
  if (fill) {
    assert.throws(() =>
      writeFileSync(path.join(folder, "filler"), Buffer.alloc(2 ** 17)),
    );
  }
  return folder;
}

function unmountAll(): void {
  for (const folder of mounted.splice(0)) execFileSync("umount", [folder]);
}

suite("What cannot be written", function () {
  this.timeout(120_000);
  suiteTeardown(unmountAll);
  const inFolder = useTemporaryFolder();
  let plain: ReturnType<typeof makeTinyTextModel>;
  let packed: ModelFolder;
  let adapters: AdapterFolders;
  let request: ReturnType<typeof makeRequest>;
  suiteSetup(async () => {
    // What is read there can be read by whoever a test writes as.
    chmodSync(inFolder(), 0o755);
    plain = makeTinyTextModel(7);
    chmodSync(plain.directory, 0o755);
    packed = await makePackedModel(4, inFolder("packed"));
    adapters = new AdapterFolders(inFolder("adapters"));
    writeAdapter(adapters.directoryOf("one"), tinyAdapter(plain), plain);
    adapters.exportFile("one", inFolder("one.safetensors"));
    request = makeRequest(inFolder("request"), {
      modelFolder: plain.directory,
      settings: { epochs: 0.2 },
    });
  });
  suiteTeardown(() => removeTinyModel(plain));

  const tasks: Record<string, (place: string) => unknown> = {
    "import of a model": (place) =>
      importModel({
        source: plain.directory,
        directory: path.join(place, "model"),
        buildTokenizerFiles: () => assert.fail("not a GGUF file"),
      }),
    "export of a model": (place) =>
      exportModel({
        folder: packed,
        directory: path.join(place, "model"),
        dtype: "float32",
      }),
    "a new model": (place) =>
      writeFreshModel(
        path.join(place, "out", "checkpoint.start"),
        {
          architecture: "gpt2",
          vocabSize: 300,
          embeddingDim: 64,
          numLayers: 1,
          numHeads: 2,
          contextLength: 64,
          endTokenId: 0,
        },
        { seed: 1, files: new Map() },
      ),
    "weights that are derived": (place) =>
      openTrainingFolder(packed, path.join(place, "cache")),
    "export of an adapter": (place) => adapters.export("one", place),
    "export of an adapter as a file": (place) =>
      adapters.exportFile("one", path.join(place, "one.safetensors")),
    "import of an adapter": (place) =>
      new AdapterFolders(path.join(place, "adapters")).import(
        adapters.directoryOf("one"),
      ),
    "import of an adapter's file": (place) =>
      new AdapterFolders(path.join(place, "adapters")).import(
        inFolder("one.safetensors"),
      ),
    "the lock of a training": async (place) => {
      const file = path.join(place, "out", "training.lock");
      const lock = new TrainingLock(file, { title: "test" });
      await lock.acquire();
      lock.release();
    },
    "what the panel remembers": (place) =>
      new PanelStore(path.join(place, "fine-tuning")).update({
        include: "x".repeat(2 ** 17),
      }),
    "a training": (place) =>
      runTraining(
        {
          ...request,
          outFolder: path.join(place, "out"),
        },
        {
          control: new RunControl(),
          listener: {
            onProgress() {},
            onSample() {},
            onSkipped() {},
            onNotice() {},
          },
        },
      ),
  };

  let numPlaces = 0;
  for (const [place, { make, state, stopsNoRoot }] of Object.entries(PLACES)) {
    for (const [task, perform] of Object.entries(tasks)) {
      test(`${task} at ${place} fails in words and leaves nothing`, async function () {
        const folder = make(inFolder(`place-${numPlaces++}`));
        if (folder === undefined) return this.skip();
        const before = list(folder);
        const attempt = async () => {
          try {
            await perform(folder);
          } catch (error) {
            return error as Error;
          }
          assert.fail("it was written");
        };
        const { message } = await (stopsNoRoot ? asNobody(attempt) : attempt());
        assert.match(message, /^Cannot [a-z ]+ \/.*, expected /);
        assert.match(message, state);
        assert.ok(message.includes(folder), message);
        assert.doesNotMatch(message, /\bE[A-Z]{4,}\b|, (mkdir|open|write)\b/);
        assert.doesNotMatch(message, /partial-/);
        assert.deepEqual(list(folder), before);
      });
    }
  }

  test("a file beyond the limit of the system fails in words", function () {
    if (process.platform === "win32") return this.skip();
    const script = `
      require("tsx/cjs");
      const { exportModel } = require("./src/model/import/exportModel.ts");
      const { openModelFolder } = require("./src/model/files/modelFolder.ts");
      try {
        const folder = openModelFolder(${JSON.stringify(packed.directory)});
        exportModel({ folder, directory: process.argv[1], dtype: "float32" });
      } catch (error) {
        console.log(error.message);
      }`;
    const target = inFolder("limited");
    const { stdout } = spawnSync(
      "sh",
      [
        "-c",
        'ulimit -f 32; exec "$0" -e "$1" "$2"',
        process.execPath,
        script,
        target,
      ],
      { encoding: "utf8", env: { ...process.env, TSX_DISABLE_CACHE: "1" } },
    );
    assert.match(
      stdout,
      /^Cannot export a model to .*limited: there is a limit on the size of a file .*, expected at least 1 MB$/m,
    );
    assert.ok(!existsSync(target));
  });
});

/** How a place becomes one that cannot be written while training is under way, and one that can be again. */
const BREAKS: Record<
  string,
  { make: MakePlace; spoil(folder: string): void; mend(folder: string): void }
> = {
  "whose disk became full": {
    make: (folder) => mount(folder, {}),
    spoil(folder) {
      const fill = () =>
        writeFileSync(path.join(folder, "filler"), Buffer.alloc(2 ** 23));
      assert.throws(fill, /ENOSPC/);
    },
    mend: (folder) => rmSync(path.join(folder, "filler")),
  },
  "in whose place a file appeared": {
    make(folder) {
      mkdirSync(folder);
      return folder;
    },
    spoil(folder) {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    },
    mend: (folder) => rmSync(folder),
  },
};

suite("A training", function () {
  this.timeout(120_000);
  suiteTeardown(unmountAll);
  const inFolder = useTemporaryFolder();
  let model: ReturnType<typeof makeTinyTextModel>;
  const { TMPDIR } = process.env;
  suiteSetup(() => {
    model = makeTinyTextModel(7);
    mkdirSync(inFolder("tmp"));
    process.env.TMPDIR = inFolder("tmp");
  });
  suiteTeardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    removeTinyModel(model);
  });

  /** Trains into a folder that is spoilt after two steps, before any checkpoint. */
  function train(
    outFolder: string,
    {
      resume = false,
      onStep = () => {},
    }: { resume?: boolean; onStep?: (control: RunControl) => void },
  ) {
    const request = makeRequest(inFolder("request"), {
      modelFolder: model.directory,
      settings: { epochs: 1 },
    });
    const control = new RunControl();
    const notices: string[] = [];
    let isTold = false;
    const result = runTraining(
      { ...request, outFolder, resume },
      {
        control,
        listener: {
          onProgress({ phase, step }) {
            if (phase !== "training" || step < 2 || isTold) return;
            isTold = true;
            onStep(control);
          },
          onSample() {},
          onSkipped() {},
          onNotice: (text) => notices.push(text),
        },
      },
    );
    return { result, notices };
  }
  const failureOf = (result: Promise<unknown>) =>
    result.then(
      () => assert.fail("it was written"),
      (error: Error) => error,
    );
  const weightsIn = (folder: string) =>
    readFileSync(path.join(folder, "adapter_model.safetensors"));

  let numPlaces = 0;
  let unbroken: Buffer;
  suiteSetup(async () => {
    await train(inFolder("unbroken"), {}).result;
    unbroken = weightsIn(inFolder("unbroken"));
  });

  for (const [name, { make, spoil, mend }] of Object.entries(BREAKS)) {
    test(`a training ${name} keeps its adapter elsewhere, and resumes when there is room`, async function () {
      const folder = make(inFolder(`broken-${numPlaces++}`));
      if (folder === undefined) return this.skip();
      const outFolder = path.join(folder, "docs");
      const broken = train(outFolder, { onStep: () => spoil(folder) });
      const error = await failureOf(broken.result);
      const { keptIn } = faultOf(error);
      assert.match(
        error.message,
        /^Cannot write what was learned to .*docs: .*; what was made is kept in .*docs$/,
      );
      assert.match(
        broken.notices[0]!,
        /^Cannot save a checkpoint in .*kept in/,
      );
      assert.ok(keptIn!.startsWith(inFolder("tmp")), keptIn);
      assert.deepEqual(weightsIn(keptIn!), unbroken);
      mend(folder);
      const resumed = train(outFolder, { resume: true });
      assert.equal((await resumed.result).ended, "finished");
      assert.deepEqual(weightsIn(outFolder), unbroken);
      assert.deepEqual(readdirSync(inFolder("tmp")), []);
    });

    test(`a training ${name} goes on from a checkpoint elsewhere when it was left`, async function () {
      const folder = make(inFolder(`broken-${numPlaces++}`));
      if (folder === undefined) return this.skip();
      const outFolder = path.join(folder, "docs");
      const left = train(outFolder, {
        onStep(control) {
          spoil(folder);
          control.end("leave");
        },
      });
      const { message } = await failureOf(left.result);
      assert.match(
        message,
        /^Cannot save a checkpoint in .*; what was made is/,
      );
      mend(folder);
      const resumed = train(outFolder, { resume: true });
      await resumed.result;
      assert.match(resumed.notices[0]!, /^Going on from step 2/);
      assert.deepEqual(weightsIn(outFolder), unbroken);
      assert.deepEqual(readdirSync(inFolder("tmp")), []);
    });
  }

  test("AdapterFolders.remove() takes away what is kept elsewhere", async () => {
    const folder = inFolder("removed");
    mkdirSync(folder);
    const { spoil, mend } = BREAKS["in whose place a file appeared"]!;
    const { result } = train(path.join(folder, "docs"), {
      onStep: () => spoil(folder),
    });
    await failureOf(result);
    mend(folder);
    assert.equal(readdirSync(inFolder("tmp")).length, 1);
    new AdapterFolders(folder).remove("docs");
    assert.deepEqual(readdirSync(inFolder("tmp")), []);
  });
});

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String).sort();
  } catch {
    return [];
  }
}

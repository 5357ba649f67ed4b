// The files that come from elsewhere, a sound one of each, and how each is read in the product.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packAdapter, unpackAdapter } from "../../src/adapters/adapterFile";
import { readAdapter, writeAdapter } from "../../src/adapters/peftAdapter";
import { parseExamples, readExamples } from "../../src/documents/examples";
import {
  formatCalibration,
  readKvScales,
} from "../../src/model/files/calibration";
import { openModelFolder } from "../../src/model/files/modelFolder";
import {
  allLinearGroups,
  allOtherWeights,
} from "../../src/model/files/weightNames";
import { findLinearWeights, findTensor } from "../../src/model/files/weights";
import { importModel } from "../../src/model/import/importModel";
import { buildTokenizerFiles } from "../../src/tokenizer/buildTokenizerFiles";
import { loadChatTemplate } from "../../src/tokenizer/chatTemplate";
import { loadTokenizer } from "../../src/tokenizer/tokenizer";
import { CheckpointFolder } from "../../src/training/checkpoint";
import { formatGguf, tinyGguf } from "../../test/unit/formats/ggufWriter";
import { tinyAdapter, tinyManifest } from "../../test/unit/support/tinyAdapter";
import {
  makeTinyModel,
  removeTinyModel,
} from "../../test/unit/support/tinyModel";
import { TINY_TOKENIZER_FILES } from "../../test/unit/support/tinyTokenizer";

/** A kind of file. */
export interface Format {
  name: string;
  /** The file that is changed, in the folder that `makeSound` fills. */
  file: string;
  isJson: boolean;
  /** So many bytes decide what the others are. */
  headerBytes: number;
  /** Reads as the product does: throws for what is refused, and answers whether what is taken makes sense. */
  read(folder: string): Promise<boolean> | boolean;
}

const TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
/** A text with letters, digits, marks and characters of several bytes. */
const TEXT =
  "The 12 hélices — “turn” aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n\t日本 🙂 ";

/** Fills a folder with a sound file of each format. */
export function makeSound(folder: string): void {
  const model = makeTinyModel(1);
  cpSync(model.directory, path.join(folder, "model"), { recursive: true });
  removeTinyModel(model);
  const inModel = (name: string) => path.join(folder, "model", name);
  for (const [name, content] of Object.entries(TINY_TOKENIZER_FILES)) {
    writeFileSync(inModel(name), JSON.stringify(content));
  }
  writeFileSync(
    inModel("tokenizer_config.json"),
    JSON.stringify({ chat_template: TEMPLATE, bos_token: "<|im_start|>" }),
  );
  const copied = openModelFolder(path.join(folder, "model"));
  const { numLayers, numKvHeads, headDim } = copied.config;
  const scales = Array.from({ length: numLayers }, () =>
    Array.from({ length: numKvHeads * headDim }, () => 0.01),
  );
  writeFileSync(
    inModel("calibration.json"),
    formatCalibration({ keys: scales, values: scales }),
  );
  const manifest = tinyManifest(copied);
  const adapter = { ...tinyAdapter(copied), manifest };
  writeAdapter(path.join(folder, "adapter"), adapter, copied);
  packAdapter(
    path.join(folder, "adapter"),
    path.join(folder, "one.safetensors"),
  );
  writeFileSync(path.join(folder, "model.gguf"), formatGguf(tinyGguf("Q8_0")));
  const rows = Array.from({ length: 30 }, (_, index) =>
    JSON.stringify({ prompt: `Question ${index}?`, completion: "Yes." }),
  );
  writeFileSync(path.join(folder, "rows.jsonl"), rows.join("\n"));
  checkpointIn(folder).write(parametersOf(), {
    numbers: CHECKPOINT_NUMBERS,
    moments: { first: [new Float32Array(4)], second: [new Float32Array(4)] },
    best: [new Float32Array(4)],
  });
}

type Numbers = Parameters<CheckpointFolder["write"]>[1]["numbers"];
const CHECKPOINT_NUMBERS = { losses: [] } as unknown as Numbers;
const parametersOf = () => [
  { name: "a", shape: [2, 2], values: new Float32Array(4), decays: false },
];
const checkpointIn = (folder: string) =>
  new CheckpointFolder(path.join(folder, "run"), "key");

/** All formats that are read from elsewhere. */
export const FORMATS: readonly Format[] = [
  {
    name: "GGUF",
    file: "model.gguf",
    isJson: false,
    headerBytes: 4000,
    async read(folder) {
      const directory = path.join(folder, "imported");
      try {
        await importModel({
          source: path.join(folder, "model.gguf"),
          directory,
          buildTokenizerFiles,
        });
        return isWhole(directory);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  },
  {
    name: "safetensors",
    file: "model/model.safetensors",
    isJson: false,
    headerBytes: 3000,
    read: (folder) => isWhole(path.join(folder, "model")),
  },
  {
    name: "config.json",
    file: "model/config.json",
    isJson: true,
    headerBytes: 1000,
    read: (folder) => isWhole(path.join(folder, "model")),
  },
  {
    name: "tokenizer.json",
    file: "model/tokenizer.json",
    isJson: true,
    headerBytes: 4000,
    async read(folder) {
      const tokenizer = await loadTokenizer(path.join(folder, "model"));
      const tokenIds = tokenizer.encode(TEXT);
      tokenizer.decode(tokenIds);
      return tokenIds.every((id) => Number.isSafeInteger(id) && id < 128);
    },
  },
  {
    name: "chat template",
    file: "model/tokenizer_config.json",
    isJson: true,
    headerBytes: 1000,
    async read(folder) {
      const template = loadChatTemplate(path.join(folder, "model"));
      const tokenizer = await loadTokenizer(path.join(folder, "model"));
      const tokenIds = template?.encode([{ role: "user", content: "Hello" }], {
        tokenizer,
        maxTokens: 100,
      });
      return tokenIds === undefined || tokenIds.length <= 100;
    },
  },
  {
    name: "calibration",
    file: "model/calibration.json",
    isJson: true,
    headerBytes: 1000,
    read: (folder) =>
      readKvScales(openModelFolder(path.join(folder, "model"))) !== undefined,
  },
  {
    name: "peft configuration",
    file: "adapter/adapter_config.json",
    isJson: true,
    headerBytes: 1000,
    read: readsAdapter,
  },
  {
    name: "adapter's weights",
    file: "adapter/adapter_model.safetensors",
    isJson: false,
    headerBytes: 3000,
    read: readsAdapter,
  },
  {
    name: "manifest",
    file: "adapter/inkling_manifest.json",
    isJson: true,
    headerBytes: 1000,
    read: readsAdapter,
  },
  {
    name: "one-file adapter",
    file: "one.safetensors",
    isJson: false,
    headerBytes: 5000,
    async read(folder) {
      const unpacked = path.join(folder, "unpacked");
      mkdirSync(unpacked, { recursive: true });
      try {
        await unpackAdapter(path.join(folder, "one.safetensors"), unpacked);
        return true;
      } finally {
        rmSync(unpacked, { recursive: true, force: true });
      }
    },
  },
  {
    name: "examples",
    file: "rows.jsonl",
    isJson: false,
    headerBytes: 3000,
    read(folder) {
      const { examples } = parseExamples(
        readExamples(path.join(folder, "rows.jsonl")),
      );
      return examples.every(({ prompt }) => prompt !== "");
    },
  },
  {
    name: "checkpoint",
    file: "run/checkpoint/state.json",
    isJson: false,
    headerBytes: 1000,
    read: (folder) => checkpointIn(folder).read(parametersOf()) !== undefined,
  },
];

/** Whether every weight that a graph would ask for is there. */
function isWhole(directory: string): boolean {
  const folder = openModelFolder(directory);
  for (const group of allLinearGroups(folder.config)) {
    findLinearWeights(folder, group);
  }
  for (const { name, shape } of allOtherWeights(folder.config)) {
    findTensor(folder, name, shape);
  }
  return folder.config.numLayers === 2;
}

function readsAdapter(folder: string): boolean {
  const model = openModelFolder(path.join(folder, "model"));
  const { pairs } = readAdapter(path.join(folder, "adapter"), model);
  return [...pairs.values()].every(({ scale }) => Number.isFinite(scale));
}

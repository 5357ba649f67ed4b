// The training step against PyTorch's numbers and against itself computed in another way.

import assert from "node:assert/strict";
import { seededRandom } from "../../../../src/common/random";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import {
  buildTrainingGraph,
  type TrainingGraphOptions,
} from "../../../../src/model/graphs/trainingGraph";
import { adamWStep, zeroMoments } from "../../../../src/training/adamW";
import type { Session, Tensor } from "../../../../src/runtime/session";
import { floats, int64s, tensor } from "../../../../src/runtime/tensors";
import { assertClose } from "../../support/assertClose";
import { useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import {
  decodeTensor,
  readTrainingGolden,
  writeGoldenModel,
  type EncodedTensor,
} from "../../support/trainingGolden";

/** Sums in another order than PyTorch's, in float32; gradients are of sums up to 50 nats. */
const GRADIENT_TOLERANCE = { rtol: 2e-4, atol: 1e-4 };
/** Of the mean per token. */
const LOSS_TOLERANCE = { atol: 1e-4 };

interface Block {
  tokenIds: number[];
  targetIds: number[];
  targetWeights: number[];
  positions: number[];
  documentIds: number[];
}

const ALL_PROJECTIONS = ["q", "k", "v", "o", "gate", "up", "down"] as const;

suite("buildTrainingGraph()", () => {
  const load = useSessions();
  const inFolder = useTemporaryFolder();
  const golden = readTrainingGolden();
  const folders: Partial<Record<"llama" | "gpt2", ModelFolder>> = {};

  function folderOf(family: "llama" | "gpt2"): ModelFolder {
    return (folders[family] ??= writeGoldenModel(
      inFolder(family),
      golden.models[family],
    ));
  }

  function optionsWith(
    options: Partial<TrainingGraphOptions>,
  ): TrainingGraphOptions {
    return {
      method: "lora",
      rank: golden.rank,
      alpha: golden.alpha,
      projections: ALL_PROJECTIONS,
      lastLayers: 0,
      blockTokens: golden.tokenIds.length,
      ...options,
    };
  }

  function build(
    family: "llama" | "gpt2",
    options: Partial<TrainingGraphOptions>,
  ) {
    return buildTrainingGraph(folderOf(family), optionsWith(options));
  }

  /** A loaded step whose parameters start with `values`, else as `init` says. */
  async function prepare(
    family: "llama" | "gpt2",
    {
      values = {},
      ...options
    }: Partial<TrainingGraphOptions> & {
      values?: Record<string, EncodedTensor>;
    },
  ) {
    const { graph, parameters } = build(family, options);
    const session = await load(graph, folderOf(family).directory);
    const random = seededRandom(1);
    const named = parameters.map((parameter) => {
      const given = values[parameter.name];
      return {
        ...parameter,
        values: given ? decodeTensor(given) : parameter.init(random),
        decays: parameter.shape.length > 1,
      };
    });
    return { session, parameters: named };
  }

  type Prepared = Awaited<ReturnType<typeof prepare>>;

  async function computeStep({ session, parameters }: Prepared, block: Block) {
    const outputs = await run(session, parameters, {
      block,
      needsGradients: true,
    });
    return {
      loss: outputs.loss!.data[0] as number,
      gradients: parameters.map(
        ({ name }) => outputs[`gradient:${name}`]!.data as Float32Array,
      ),
    };
  }

  async function computeLoss({ session, parameters }: Prepared, block: Block) {
    const outputs = await run(session, parameters, {
      block,
      needsGradients: false,
    });
    return outputs.loss!.data[0] as number;
  }

  function run(
    session: Session,
    parameters: Prepared["parameters"],
    { block, needsGradients }: { block: Block; needsGradients: boolean },
  ) {
    const row = [1, block.tokenIds.length];
    const feeds: Record<string, Tensor> = {
      tokenIds: int64s(block.tokenIds, row),
      targetIds: int64s(block.targetIds, row),
      positions: int64s(block.positions, row),
      documentIds: int64s(block.documentIds, row),
      targetWeights: floats(block.targetWeights, row),
      needsGradients: tensor("bool", Uint8Array.of(needsGradients ? 1 : 0), []),
    };
    for (const { name, values, shape } of parameters) {
      feeds[name] = tensor("float32", values, shape);
    }
    const names = parameters.map(({ name }) => `gradient:${name}`);
    return session.run(feeds, needsGradients ? ["loss", ...names] : ["loss"]);
  }

  /** The fixture's two documents behind each other. */
  function goldenBlock(): Block {
    const { documentLengths, tokenIds, targetIds, targetWeights } = golden;
    return {
      tokenIds,
      targetIds,
      targetWeights,
      positions: documentLengths.flatMap((length) => [...Array(length).keys()]),
      documentIds: documentLengths.flatMap((length, id) =>
        Array.from({ length }, () => id),
      ),
    };
  }

  /** The fixture's documents, each at the end of a block of its own behind tokens of another document. */
  function separateBlocks(): Block[] {
    const block = goldenBlock();
    const size = block.tokenIds.length;
    let start = 0;
    return golden.documentLengths.map((length) => {
      const end = start + length;
      const filled = (numbers: number[], filler: number) => [
        ...Array.from({ length: size - length }, () => filler),
        ...numbers.slice(start, end),
      ];
      const separate: Block = {
        tokenIds: filled(block.tokenIds, 9),
        targetIds: filled(block.targetIds, 9),
        targetWeights: filled(block.targetWeights, 0),
        positions: filled(block.positions, 0),
        documentIds: filled(block.documentIds, 7),
      };
      start = end;
      return separate;
    });
  }

  function perToken(losses: number[]): number[] {
    const weight = golden.targetWeights.reduce((sum, each) => sum + each, 0);
    return losses.map((loss) => loss / weight);
  }

  for (const family of ["llama", "gpt2"] as const) {
    for (const method of ["full", "lora"] as const) {
      const name = `${family}, ${method}`;
      const goldenRun = golden.models[family][method];
      const values =
        method === "lora" ? golden.models[family].lora.parameters : {};

      test(`${name}: the loss and every gradient are PyTorch's`, async () => {
        const prepared = await prepare(family, { method, values });
        const { loss, gradients } = await computeStep(prepared, goldenBlock());

        assertClose(perToken([loss]), perToken([goldenRun.losses[0]!]), {
          name: "loss",
          ...LOSS_TOLERANCE,
        });
        assert.deepEqual(
          prepared.parameters.map((parameter) => parameter.name).sort(),
          Object.keys(goldenRun.gradients).sort(),
        );
        prepared.parameters.forEach((parameter, index) => {
          const expected = goldenRun.gradients[parameter.name]!;
          assertClose(
            { data: gradients[index]!, dims: parameter.shape },
            { data: decodeTensor(expected), dims: expected.shape },
            { name: parameter.name, ...GRADIENT_TOLERANCE },
          );
        });
      });

      test(`${name}: the losses of ten steps of AdamW are PyTorch's`, async () => {
        const prepared = await prepare(family, { method, values });
        const moments = zeroMoments(prepared.parameters);
        const losses: number[] = [];
        for (let step = 1; step <= goldenRun.losses.length; step++) {
          const { loss, gradients } = await computeStep(
            prepared,
            goldenBlock(),
          );
          losses.push(loss);
          adamWStep(prepared.parameters, {
            gradients,
            moments,
            step,
            learningRate: golden.adamW.lr,
            weightDecay: golden.adamW.weight_decay,
          });
        }
        assertClose(perToken(losses), perToken(goldenRun.losses), {
          name: "losses",
          ...LOSS_TOLERANCE,
        });
      });
    }
  }

  test("without gradients the loss is the same", async () => {
    const prepared = await prepare("llama", {
      values: golden.models.llama.lora.parameters,
    });
    const { loss } = await computeStep(prepared, goldenBlock());
    assert.equal(await computeLoss(prepared, goldenBlock()), loss);
  });

  for (const family of ["llama", "gpt2"] as const) {
    test(`${family}: a fresh adapter leaves the base's loss bit for bit`, async () => {
      const base = await prepare(family, { method: "full" });
      const adapted = await prepare(family, { method: "lora" });
      assert.equal(
        await computeLoss(adapted, goldenBlock()),
        await computeLoss(base, goldenBlock()),
      );
      const { gradients } = await computeStep(adapted, goldenBlock());
      adapted.parameters.forEach(({ name }, index) => {
        const isZero = gradients[index]!.every((value) => value === 0);
        assert.equal(isZero, name.includes("lora_A"), name);
      });
    });

    test(`${family}: packed documents learn as they do in blocks of their own`, async () => {
      const prepared = await prepare(family, {
        values: golden.models[family].lora.parameters,
      });
      const packed = await computeStep(prepared, goldenBlock());
      const [first, second] = await Promise.all(
        separateBlocks().map((block) => computeStep(prepared, block)),
      );
      assertClose([first!.loss + second!.loss], [packed.loss], {
        name: "loss",
        rtol: 1e-6,
      });
      packed.gradients.forEach((gradient, index) => {
        const sum = first!.gradients[index]!.map(
          (value, i) => value + second!.gradients[index]![i]!,
        );
        const { name } = prepared.parameters[index]!;
        assertClose(sum, gradient, { name, ...GRADIENT_TOLERANCE });
      });
    });

    test(`${family}: overfits one block`, async () => {
      const prepared = await prepare(family, { method: "full" });
      const moments = zeroMoments(prepared.parameters);
      const [block] = separateBlocks();
      const losses: number[] = [];
      for (let step = 1; step <= 100; step++) {
        const { loss, gradients } = await computeStep(prepared, block!);
        losses.push(loss);
        adamWStep(prepared.parameters, {
          gradients,
          moments,
          step,
          learningRate: 0.02,
          weightDecay: 0,
        });
      }
      assert.ok(losses[0]! > 10, `begins with ${losses[0]}`);
      assert.ok(losses.at(-1)! < 0.1, `ends with ${losses.at(-1)}`);
    });
  }

  test("a position without weight does not matter", async () => {
    const prepared = await prepare("llama", {
      values: golden.models.llama.lora.parameters,
    });
    const block = goldenBlock();
    const ignored = block.targetWeights.indexOf(0);
    const other = {
      ...block,
      targetIds: block.targetIds.with(ignored, 3),
    };
    assert.deepEqual(
      await computeStep(prepared, other),
      await computeStep(prepared, block),
    );
  });

  test("the loss is the sum of weights times negative log-likelihoods", async () => {
    const prepared = await prepare("gpt2", {});
    const block = goldenBlock();
    const doubled = {
      ...block,
      targetWeights: block.targetWeights.map((weight) => 2 * weight),
    };
    assertClose(
      [await computeLoss(prepared, doubled)],
      [2 * (await computeLoss(prepared, block))],
      { name: "loss", rtol: 1e-6 },
    );
  });

  test("an adapter has rank * (inputs + outputs) parameters per matrix", () => {
    const rank = 3;
    const { parameters } = build("llama", { rank });
    const matrices = Object.entries(golden.models.llama.weights).filter(
      ([name]) => /self_attn|mlp/.test(name),
    );
    const expected = matrices.reduce(
      (sum, [, { shape }]) => sum + rank * (shape[0]! + shape[1]!),
      0,
    );
    const found = parameters.reduce(
      (sum, { shape }) => sum + shape[0]! * shape[1]!,
      0,
    );
    assert.equal(found, expected);
  });

  test("an adapter stands beside the chosen projections of the last layers alone", () => {
    const names = (
      family: "llama" | "gpt2",
      options: Partial<TrainingGraphOptions>,
    ) =>
      build(family, options).parameters.map(({ name }) =>
        name.replace("base_model.model.", ""),
      );
    assert.deepEqual(
      names("llama", { projections: ["v", "down"], lastLayers: 1 }),
      [
        "model.layers.1.self_attn.v_proj.lora_A.weight",
        "model.layers.1.self_attn.v_proj.lora_B.weight",
        "model.layers.1.mlp.down_proj.lora_A.weight",
        "model.layers.1.mlp.down_proj.lora_B.weight",
      ],
    );
    assert.deepEqual(names("gpt2", { projections: ["q"], lastLayers: 1 }), [
      "transformer.h.1.attn.c_attn.lora_A.weight",
      "transformer.h.1.attn.c_attn.lora_B.weight",
    ]);
  });

  test("loraA starts uniform within 1 / sqrt(inputs), loraB with zeros", () => {
    const { parameters } = build("llama", { rank: 64 });
    const [loraA, loraB] = parameters;
    const values = loraA!.init(seededRandom(5));
    const bound = 1 / Math.sqrt(loraA!.shape[1]!);
    const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    assert.ok(largest <= bound && largest > 0.98 * bound);
    const square = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    // The mean square of 1,024 uniform numbers is bound^2 / 3, give or take 9%, three standard deviations.
    assertClose([square], [(bound * bound) / 3], { name: "square", rtol: 0.1 });
    assert.ok(loraB!.init(seededRandom(5)).every((value) => value === 0));
  });

  test("refuses an adapter without a matrix, and all weights of a quantised model", () => {
    assert.throws(
      () => build("gpt2", { projections: ["gate"] }),
      /Cannot train.*none of its matrices/,
    );
    const folder = folderOf("llama");
    const quantised: ModelFolder = {
      ...folder,
      config: {
        ...folder.config,
        quantization: { version: 1, name: undefined },
      },
    };
    assert.throws(
      () => buildTrainingGraph(quantised, optionsWith({ method: "full" })),
      /Cannot train all weights.*quantised/,
    );
  });
});

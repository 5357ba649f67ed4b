// The training step against PyTorch's numbers and against itself computed in another way.

import assert from "node:assert/strict";
import { createRandom } from "../../../src/inference/random";
import type { ModelFolder } from "../../../src/model/modelFolder";
import {
  buildTrainingGraph,
  type TrainingGraphOptions,
} from "../../../src/model/trainingGraph";
import { adamWStep, zeroMoments } from "../../../src/training/adamW";
import type { Session, Tensor } from "../../../src/runtime/session";
import { floats, int64s, tensor } from "../../../src/runtime/tensors";
import { assertClose } from "../support/assertClose";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import {
  decodeTensor,
  readTrainingGolden,
  writeGoldenModel,
  type EncodedTensor,
} from "../support/trainingGolden";

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
    const folder = folderOf(family);
    const { graph, parameters } = buildTrainingGraph(folder, {
      method: "lora",
      rank: golden.rank,
      alpha: golden.alpha,
      projections: ALL_PROJECTIONS,
      lastLayers: 0,
      blockTokens: golden.tokenIds.length,
      ...options,
    });
    const session = await load(graph, folder.directory);
    const random = createRandom(1);
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
});

// The training step as one graph: forward pass, loss, and the gradient of everything that learns.
// A step of the optimiser is none of its business: parameters are inputs, gradients are outputs.

import {
  gradientName,
  LOSS_NAME,
  type TrainingInput,
} from "../../common/graphNames";
import { crossEntropy } from "../../onnx/crossEntropy";
import { gradients } from "../../onnx/gradients";
import { GraphBuilder, type Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import type { Projection, TrainingMethod } from "../../protocol/training";
import { declareGpt, type GptOptions } from "../families/architecture";
import type { ModelConfig } from "../files/config";
import type { ModelFolder } from "../files/modelFolder";
import { blockAttention } from "../layers/trainingAttention";
import {
  declareFrozen,
  declareLearning,
  declareLora,
  linearOver,
} from "../layers/trainingLinear";
import {
  TrainingParameters,
  type TrainingParameter,
} from "../layers/trainingParameters";
import type { LinearPart } from "../files/weightGroups";

/** What learns, and how long a block is. */
export interface TrainingGraphOptions {
  method: TrainingMethod;
  /** These four only matter for LoRA. */
  rank: number;
  alpha: number;
  projections: readonly Projection[];
  /** Only the last so many layers learn; 0 is all. */
  lastLayers: number;
  /** T: the graph takes blocks of exactly so many tokens. */
  blockTokens: number;
}

/** A graph and what its caller must keep for it. */
export interface TrainingGraph {
  graph: Uint8Array;
  parameters: TrainingParameter[];
}

/**
 * Builds the graph for the float weights of `folder` (trainingWeights.ts makes them of packed ones). Inputs: `tokenIds`,
 * `targetIds`, `positions` and `documentIds`, int64 [1, T]; `targetWeights`, float32 [1, T], 0 where nothing is to be
 * learned; `needsGradients`, bool []; each parameter under its name. Outputs: `loss`, float32 [], the sum of weight times
 * negative log-likelihood in nats; `gradient:NAME` of that sum for each parameter, empty unless `needsGradients`.
 */
export function buildTrainingGraph(
  folder: ModelFolder,
  options: TrainingGraphOptions,
): TrainingGraph {
  if (options.method === "full" && folder.config.quantization) {
    throw new TypeError(
      `Cannot train all weights of ${folder.name}: it is quantised, expected floating-point weights; "inkling export" makes such a folder`,
    );
  }
  const root = new GraphBuilder(undefined, { isDifferentiable: true });
  const { blockTokens } = options;
  const perToken = (name: TrainingInput) =>
    root.input(name, "int64", [1, blockTokens]);
  const tokenIds = perToken("tokenIds");
  const targetIds = perToken("targetIds");
  const positions = perToken("positions");
  const documentIds = perToken("documentIds");
  const weights = root.input(
    "targetWeights" satisfies TrainingInput,
    "float32",
    [1, blockTokens],
  );
  const needsGradients = root.input(
    "needsGradients" satisfies TrainingInput,
    "bool",
    [],
  );
  const parameters = new TrainingParameters(root);

  const gpt = declareGpt(root, folder, {
    kvScales: undefined,
    accuracyLevel: 1,
    attend: blockAttention(root, folder.config, { documentIds, blockTokens }),
    ...learningWeights(parameters, options),
  });
  if (parameters.values.length === 0) {
    throw new RangeError(
      `Cannot train ${folder.name}: none of its matrices is called ${options.projections.join(", ") || "anything that was chosen"}, expected one that an adapter can stand beside`,
    );
  }
  const { hidden } = gpt.forward(root, { tokenIds, positions });
  const logits = gpt.logits(root, hidden!); // [1, T, vocabSize]
  const asColumn = (x: Value) =>
    onnx.reshape(root, [x, root.ints([blockTokens, 1])]);
  const loss = crossEntropy(root, {
    logits: onnx.reshape(root, [
      logits,
      root.ints([blockTokens, folder.config.vocabSize]),
    ]),
    targetIds: asColumn(targetIds),
    weights: asColumn(weights),
  });
  outputGradients(root, { loss, needsGradients, parameters });
  root.output(LOSS_NAME, loss, { type: "float32", shape: [] });
  return { graph: root.toBytes(), parameters: parameters.parameters };
}

/** The backward pass stands in a branch of its own, so that a look at the loss alone does not pay for it. */
function outputGradients(
  root: GraphBuilder,
  {
    loss,
    needsGradients,
    parameters,
  }: { loss: Value; needsGradients: Value; parameters: TrainingParameters },
): void {
  const backward = new GraphBuilder(root);
  const empty = new GraphBuilder(root);
  const found = gradients(backward, {
    forward: root,
    loss,
    parameters: parameters.values,
  });
  parameters.parameters.forEach(({ name, shape }, index) => {
    const tensor = { type: "float32" as const, shape: [...shape] };
    backward.output(`backward:${name}`, found[index]!, tensor);
    const none = shape.map(() => 0);
    empty.output(
      `empty:${name}`,
      onnx.identity(empty, empty.floats([], none)),
      { type: "float32", shape: none },
    );
  });
  const outputs = onnx.ifElse(root, needsGradients, {
    then: backward,
    else: empty,
    numOutputs: found.length,
  });
  parameters.parameters.forEach(({ name, shape }, index) => {
    root.output(gradientName(name), outputs[index]!, {
      type: "float32",
      shape: shape.map((_, axis) => `${name}[${axis}]`),
    });
  });
}

function learningWeights(
  parameters: TrainingParameters,
  options: TrainingGraphOptions,
): Pick<GptOptions, "linear" | "weight"> {
  return options.method === "lora"
    ? { linear: loraLinear(parameters, options) }
    : fullWeights(parameters);
}

const LLAMA_ENDINGS: Record<Projection, string[]> = {
  q: [".self_attn.q_proj", ".self_attn.qkv_proj"],
  k: [".self_attn.k_proj", ".self_attn.qkv_proj"],
  v: [".self_attn.v_proj", ".self_attn.qkv_proj"],
  o: [".self_attn.o_proj"],
  gate: [".mlp.gate_proj", ".mlp.gate_up_proj"],
  up: [".mlp.up_proj", ".mlp.gate_up_proj"],
  down: [".mlp.down_proj"],
};

/**
 * How the names of matrices end, by family. GPT-2 has one for query, key and value, and no gate; Phi-3, a Llama, has one
 * for gate and up too.
 */
const PROJECTION_ENDINGS: Record<
  ModelConfig["architecture"],
  Partial<Record<Projection, string[]>>
> = {
  llama: LLAMA_ENDINGS,
  gemma3: LLAMA_ENDINGS,
  starcoder2: {
    ...LLAMA_ENDINGS,
    gate: [],
    up: [".mlp.c_fc"],
    down: [".mlp.c_proj"],
  },
  gpt2: {
    q: [".attn.c_attn"],
    k: [".attn.c_attn"],
    v: [".attn.c_attn"],
    o: [".attn.c_proj"],
    up: [".mlp.c_fc"],
    down: [".mlp.c_proj"],
  },
};

function loraLinear(
  parameters: TrainingParameters,
  { rank, alpha, projections, lastLayers }: TrainingGraphOptions,
): NonNullable<GptOptions["linear"]> {
  return (root, folder, { group }) => {
    const firstLayer = lastLayers ? folder.config.numLayers - lastLayers : 0;
    const { architecture } = folder.config;
    const endings = projections.flatMap(
      (projection) => PROJECTION_ENDINGS[architecture][projection] ?? [],
    );
    const learns = (part: LinearPart) =>
      layerOf(part) >= firstLayer &&
      endings.some((ending) => part.name.endsWith(ending));
    const addition = declareLora(parameters, group, {
      lora: { rank, scale: alpha / rank },
      learns,
    });
    return linearOver(
      { ...declareFrozen(root, folder, group), addition },
      group,
    );
  };
}

/** The layer that a matrix belongs to; -1 for embeddings and heads. */
function layerOf({ name }: LinearPart): number {
  return Number(/\.(?:layers|h)\.(\d+)\./.exec(name)?.[1] ?? -1);
}

function fullWeights(
  parameters: TrainingParameters,
): Required<Pick<GptOptions, "linear" | "weight">> {
  return {
    linear: (_root, folder, { group }) =>
      linearOver(declareLearning(parameters, folder, group), group),
    weight: (_root, folder, weight) => parameters.declareStored(folder, weight),
  };
}

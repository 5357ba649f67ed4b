// A training graph in a session as the trainer sees it: parameters in ordinary memory, fed at each run.

import {
  gradientName,
  LOSS_NAME,
  type TrainingInput,
} from "../common/graphNames";
import type { TrainingParameter } from "../model/layers/trainingParameters";
import type { Session, Tensor } from "../runtime/session";
import { floats, tensor } from "../runtime/tensors";
import type { TokenBlock } from "./blocks";
import type {
  LossGradients,
  Parameter,
  SummedLoss,
  TrainingModel,
} from "./trainingModel";

/** The parameters of a graph at their first values. */
export function initialParameters(
  parameters: readonly TrainingParameter[],
  random: () => number,
): Parameter[] {
  return parameters.map(({ name, shape, init }) => ({
    name,
    shape,
    values: init(random),
    // Norms and biases are vectors; everything that multiplies rows is a matrix.
    decays: shape.length > 1,
  }));
}

/** Runs a graph of `buildTrainingGraph`; the session is its owner's to release. */
export class GraphModel implements TrainingModel<TokenBlock> {
  private readonly gradientNames: readonly string[];

  constructor(
    private readonly session: Pick<Session, "run">,
    readonly parameters: readonly Parameter[],
  ) {
    this.gradientNames = parameters.map(({ name }) => gradientName(name));
  }

  async computeGradients(block: TokenBlock): Promise<LossGradients> {
    const outputs = await this.session.run(
      this.feeds(block, { needsGradients: true }),
      [LOSS_NAME, ...this.gradientNames],
    );
    return {
      loss: (outputs[LOSS_NAME]!.data as Float32Array)[0]!,
      weight: block.numTargets,
      gradients: this.gradientNames.map(
        (name) => outputs[name]!.data as Float32Array,
      ),
    };
  }

  async evaluate(block: TokenBlock): Promise<SummedLoss> {
    const outputs = await this.session.run(
      this.feeds(block, { needsGradients: false }),
      [LOSS_NAME],
    );
    return {
      loss: (outputs[LOSS_NAME]!.data as Float32Array)[0]!,
      weight: block.numTargets,
    };
  }

  private feeds(
    block: TokenBlock,
    { needsGradients }: { needsGradients: boolean },
  ) {
    const dims = [1, block.tokenIds.length];
    const ofBlock: Record<TrainingInput, Tensor> = {
      tokenIds: tensor("int64", block.tokenIds, dims),
      targetIds: tensor("int64", block.targetIds, dims),
      positions: tensor("int64", block.positions, dims),
      documentIds: tensor("int64", block.documentIds, dims),
      targetWeights: floats(block.targetWeights, dims),
      needsGradients: tensor("bool", Uint8Array.of(needsGradients ? 1 : 0), []),
    };
    return {
      ...ofBlock,
      ...Object.fromEntries(
        this.parameters.map(({ name, values, shape }) => [
          name,
          tensor("float32", values, shape),
        ]),
      ),
    };
  }
}

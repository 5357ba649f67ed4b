// What the trainer sees of a model that learns: named parameters in ordinary memory and their gradients for one block.
// The graph's own is graphModel.ts; tests hand in one whose gradients are known by hand.

/** Numbers that learn. `values` is written in place by the optimiser and read at each step. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
  /** Whether weight decay pulls it to zero: matrices, and no norms or biases. */
  readonly decays: boolean;
}

/** A sum of losses over tokens and what it is divided by for a mean: the tokens' weights. */
export interface SummedLoss {
  /** Nats. */
  loss: number;
  weight: number;
}

/** A sum of losses with its gradients, in the order of the model's parameters. */
export interface LossGradients extends SummedLoss {
  gradients: readonly Float32Array[];
}

/** A model that learns from blocks of whatever kind. */
export interface TrainingModel<Block> {
  readonly parameters: readonly Parameter[];
  /** The block's loss and its gradients at the parameters as they are now; the arrays are the caller's to write in. */
  computeGradients(block: Block): Promise<LossGradients>;
  /** The block's loss alone. */
  evaluate(block: Block): Promise<SummedLoss>;
}

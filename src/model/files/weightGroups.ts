// What the weights of any family are: matrices of linear layers, in groups that share their input, and others.

/** A matrix of a linear layer: [numRows, numColumns] with one row per output. */
export interface LinearPart {
  /** Full name without the ending `.weight`. */
  name: string;
  numRows: number;
}

/** Matrices that share their input, so that one product computes them all: rows of the parts below each other. */
export interface LinearGroup {
  /** Full name without ending. A quantised folder stores the whole group under it. */
  name: string;
  parts: LinearPart[];
  numColumns: number;
  /** Each part has a vector [numRows] under its name with the ending `.bias`, to be added to the product. */
  hasBias?: boolean;
  /** Unquantised matrices are stored the other way round, [numColumns, numRows], packed ones are not. */
  isTransposed?: boolean;
}

/** One entry of the list of a model's weights; biases of linear layers belong to their group. */
export type Weight =
  | { kind: "linear"; group: LinearGroup }
  /** Norms, learned positions. */
  | { kind: "other"; name: string; shape: number[] };

export function linearWeight(group: LinearGroup): Weight {
  return { kind: "linear", group };
}

export function vectorWeight(name: string, length: number): Weight {
  return { kind: "other", name, shape: [length] };
}

/** Rows of all parts. */
export function countRows({ parts }: LinearGroup): number {
  return parts.reduce((sum, { numRows }) => sum + numRows, 0);
}

/** Shape of an unquantised matrix of the group. */
export function floatShape(
  { numColumns, isTransposed }: LinearGroup,
  { numRows }: LinearPart,
): number[] {
  return isTransposed ? [numColumns, numRows] : [numRows, numColumns];
}

/** The biases of a group, none where it has none. */
export function biasWeights({ parts, hasBias }: LinearGroup) {
  return parts
    .filter(() => hasBias)
    .map(({ name, numRows }) => ({ name: `${name}.bias`, shape: [numRows] }));
}

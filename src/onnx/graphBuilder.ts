// Writes ONNX models node by node. Knows ONNX's protobuf and nothing of GPTs.
// Format: https://onnx.ai/onnx/repo-docs/IR.html. Operators have functions of their own in operators.ts.

import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { inferShapes } from "./shapes";
import {
  DATA_TYPES,
  fixedShape,
  valueInfo,
  type Dimension,
  type ElementType,
} from "./tensorTypes";

export { DATA_TYPES, type Dimension, type ElementType } from "./tensorTypes";

/** Opset of the standard operators that graphs are written for. */
const OPSET_VERSION = 21n;
const IR_VERSION = 10n;

/** Constants of up to so many numbers are looked for among those that are there. */
const MAX_SHARED_CONSTANT = 8;

/** A tensor within a graph: the output of a node, an input or an initializer. */
export interface Value {
  /** Unique within the model; changes once when the value becomes an output of its graph. */
  name: string;
  /** Known in a differentiable graph, where every dimension is a number. */
  shape?: readonly number[] | undefined;
  /** The numbers of a constant made by `ints`. */
  ints?: readonly number[];
}

/** An attribute of a node; ONNX tells whole numbers from floats. */
export type Attribute =
  | { int: number }
  | { ints: number[] }
  | { float: number }
  | { string: string }
  | { graph: GraphBuilder };

/** Where an initializer's bytes lie: a file in the folder that the session is given. */
export interface ExternalBytes {
  fileName: string;
  offset: number;
  sizeBytes: number;
}

/** What a node has beside its inputs. */
export interface NodeOptions {
  attributes?: Record<string, Attribute>;
  /** Empty for ONNX's own operators, "com.microsoft" for ONNX Runtime's. */
  domain?: string;
  /** Which outputs the node has; `false` leaves one out that the operator may omit. */
  outputs?: boolean[];
  /** How the gradients of its inputs follow from those of its outputs. */
  gradients?: GradientRule;
}

/** What a gradient rule is given. A gradient has the shape of its value; the loss is a scalar. */
export interface GradientContext {
  /** Where the nodes that compute gradients go. */
  graph: GraphBuilder;
  outputs: readonly Value[];
  /** Gradients of the loss by each output; undefined where the loss does not depend on one, never for all. */
  gradients: readonly (Value | undefined)[];
}

/** One function per input, called where its gradient is wanted; undefined for an input that has none, like indices. */
export type GradientRule = (
  context: GradientContext,
) => readonly ((() => Value) | undefined)[];

/** A rule for one output: `dy` is the gradient of the loss by it. */
export type SingleGradientRule = (context: {
  graph: GraphBuilder;
  y: Value;
  dy: Value;
}) => readonly ((() => Value) | undefined)[];

/** A node as the walk back needs it (gradients.ts). */
export interface TapeEntry {
  opType: string;
  inputs: readonly (Value | undefined)[];
  outputs: readonly Value[];
  rule: GradientRule | undefined;
}

/** How a root graph is built. */
export interface GraphOptions {
  /** Records what gradients need; inputs must have fixed shapes then. */
  isDifferentiable?: boolean;
  /** Element type of the constants that `floats` makes: float64 for checks of gradients. */
  floatType?: "float32" | "float64";
}

/** Collects the nodes of one graph; a subgraph sees the values of the graphs around it. */
export class GraphBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly root: GraphBuilder;
  private readonly entries: TapeEntry[] | undefined;
  private readonly isDifferentiable: boolean;
  private readonly floatType: "float32" | "float64";
  /** Small constants by their content, so that each is written once. */
  private readonly constants = new Map<string, Value>();
  private numNames = 0;

  constructor(
    parent?: GraphBuilder,
    { isDifferentiable = false, floatType = "float32" }: GraphOptions = {},
  ) {
    this.root = parent ? parent.root : this;
    this.isDifferentiable = parent?.isDifferentiable ?? isDifferentiable;
    this.floatType = parent?.floatType ?? floatType;
    this.entries = isDifferentiable ? [] : undefined;
  }

  /** The nodes of a differentiable graph, in the order in which they run. */
  get tape(): readonly TapeEntry[] {
    if (!this.entries) {
      throw new TypeError(
        "Cannot differentiate a graph: it kept no tape, expected one made with isDifferentiable",
      );
    }
    return this.entries;
  }

  /** Declares an input that is fed at each run. */
  input(name: string, type: ElementType, shape: Dimension[]): Value {
    this.inputs.push(valueInfo(name, type, shape));
    return { name, shape: fixedShape(shape) };
  }

  /**
   * Makes `value`, which a node of this graph computes, an output under `name`. The value takes on that name: a node
   * that only copied it would cost a copy of every key-value tensor at each step.
   */
  output(
    name: string,
    value: Value,
    { type, shape }: { type: ElementType; shape: Dimension[] },
  ): void {
    const oldName = value.name;
    if (!this.nodes.some((node) => node.output.includes(oldName))) {
      throw new TypeError(
        `Cannot make "${oldName}" the output "${name}": no node of this graph computes it, expected one`,
      );
    }
    const rename = (other: string) => (other === oldName ? name : other);
    for (const node of this.nodes) {
      if (node.input.includes(oldName)) node.input = node.input.map(rename);
      if (node.output.includes(oldName)) node.output = node.output.map(rename);
    }
    value.name = name;
    this.outputs.push(valueInfo(name, type, shape));
  }

  /** A small float constant written into the graph; without a shape it is a scalar. */
  floats(values: number[] | Float32Array, shape: number[] = []): Value {
    const type = this.floatType;
    return this.constant(type, { values, shape }, () => {
      const data =
        type === "float32"
          ? Float32Array.from(values)
          : Float64Array.from(values);
      return this.inline(type, data, shape);
    });
  }

  /** A small int64 constant written into the graph; a vector unless a shape is given. */
  ints(values: number[], shape: number[] = [values.length]): Value {
    return this.constant("int64", { values, shape }, () => {
      const data = BigInt64Array.from(values, BigInt);
      return { ...this.inline("int64", data, shape), ints: values };
    });
  }

  /** The constant that was made before from the same few numbers, or a new one. */
  private constant(
    type: ElementType,
    { values, shape }: { values: ArrayLike<number>; shape: readonly number[] },
    make: () => Value,
  ): Value {
    if (values.length > MAX_SHARED_CONSTANT) return make();
    const numbers = Array.from(values, (value) =>
      Object.is(value, -0) ? "-0" : value,
    );
    const key = `${type} [${shape.join()}] ${numbers.join()}`;
    const { constants } = this.root;
    const known = constants.get(key) ?? make();
    constants.set(key, known);
    return known;
  }

  /** A small constant of any type written into the graph. */
  inline(
    type: ElementType,
    data: ArrayBufferView<ArrayBuffer>,
    shape: readonly number[],
  ): Value {
    const name = this.freshName("constant");
    this.root.initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType: DATA_TYPES[type],
        dims: shape.map(BigInt),
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      }),
    );
    return { name, shape };
  }

  /** An initializer whose bytes stay on disk. */
  external(
    type: ElementType,
    shape: readonly number[],
    bytes: ExternalBytes,
  ): Value {
    const name = this.freshName("weight");
    const entries = {
      location: bytes.fileName,
      offset: String(bytes.offset),
      length: String(bytes.sizeBytes),
    };
    this.root.initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType: DATA_TYPES[type],
        dims: shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(entries).map(([key, value]) =>
          create(StringStringEntryProtoSchema, { key, value }),
        ),
      }),
    );
    return { name, shape };
  }

  /** Adds a node and returns its outputs, one for each `true` in `options.outputs`. */
  node(
    opType: string,
    inputs: (Value | undefined)[],
    {
      attributes = {},
      domain = "",
      outputs = [true],
      gradients,
    }: NodeOptions = {},
  ): Value[] {
    const names = outputs.map((isPresent) =>
      isPresent ? this.freshName(opType) : "",
    );
    this.nodes.push(
      create(NodeProtoSchema, {
        opType,
        domain,
        name: this.freshName(`node_${opType}`),
        input: inputs.map((value) => value?.name ?? ""),
        output: names,
        attribute: Object.entries(attributes).map(([name, attribute]) =>
          attributeProto(name, attribute),
        ),
      }),
    );
    const values: Value[] = names
      .filter((name) => name !== "")
      .map((name) => ({ name }));
    if (this.isDifferentiable) {
      const shapes = inferShapes({ opType, inputs, attributes });
      values.forEach((value, i) => (value.shape = shapes[i] ?? shapes[0]));
      this.entries?.push({ opType, inputs, outputs: values, rule: gradients });
    }
    return values;
  }

  /** Adds a node with one output. */
  single(
    opType: string,
    inputs: (Value | undefined)[],
    {
      gradient,
      ...options
    }: Omit<NodeOptions, "outputs" | "gradients"> & {
      gradient?: SingleGradientRule;
    } = {},
  ): Value {
    const [value] = this.node(opType, inputs, {
      ...options,
      ...(gradient && {
        gradients: ({ graph, outputs: [y], gradients: [dy] }) =>
          gradient({ graph, y: y!, dy: dy! }),
      }),
    });
    return value!;
  }

  /** Adds nodes that count as one operator with a gradient rule of its own, instead of a rule for each. */
  fused(
    opType: string,
    inputs: Value[],
    { build, gradient }: { build: () => Value; gradient: SingleGradientRule },
  ): Value {
    const numBefore = this.entries?.length ?? 0;
    const output = build();
    if (!this.entries) return output;
    this.entries.length = numBefore;
    const rule: GradientRule = ({ graph, gradients: [dy] }) =>
      gradient({ graph, y: output, dy: dy! });
    this.entries.push({ opType, inputs, outputs: [output], rule });
    return output;
  }

  /** Number of nodes, subgraphs not counted. */
  get numNodes(): number {
    return this.nodes.length;
  }

  /** The graph as a protobuf message, for use as an attribute of `Loop` and the like. */
  toProto(name: string): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.nodes,
      initializer: this.initializers,
      input: this.inputs,
      output: this.outputs,
    });
  }

  /** The whole model as bytes that a session can load. */
  toBytes(): Uint8Array {
    const opsets: [string, bigint][] = [
      ["", OPSET_VERSION],
      ["com.microsoft", 1n],
    ];
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        opsetImport: opsets.map(([domain, version]) =>
          create(OperatorSetIdProtoSchema, { domain, version }),
        ),
        graph: this.toProto("main"),
      }),
    );
  }

  private freshName(prefix: string): string {
    return `${prefix}_${this.root.numNames++}`;
  }
}

function attributeProto(name: string, attribute: Attribute) {
  if ("int" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INT,
      i: BigInt(attribute.int),
    });
  }
  if ("ints" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INTS,
      ints: attribute.ints.map(BigInt),
    });
  }
  if ("float" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.FLOAT,
      f: attribute.float,
    });
  }
  if ("string" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.STRING,
      s: new TextEncoder().encode(attribute.string),
    });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.GRAPH,
    g: attribute.graph.toProto(name),
  });
}

import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxOpset, OnnxTensor, OnnxValueInfo } from './model.ts';
import { floatTensor, int64Tensor } from './tensors.ts';

/** Whole numbers become ints; write `{ float: 1 }` for a float that happens to be whole. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };

export interface NodeOptions {
  /** Default '': the standard operators. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Names for the outputs; by default one, named after the operator and its place. */
  readonly outputs?: readonly string[];
}

/** Collects nodes in the order in which they are added, which must be an order they can run in. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #outputs: OnnxValueInfo[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, elementType: number, shape: readonly (number | string)[]): string {
    this.#inputs.push({ name, elementType, shape });
    return name;
  }

  output(name: string, elementType: number, shape: readonly (number | string)[]): void {
    this.#outputs.push({ name, elementType, shape });
  }

  /** Adds an initialiser; the same name twice is a mistake. */
  constant(tensor: OnnxTensor): string {
    if (this.#initializers.has(tensor.name)) throw new Error(`two constants are named '${tensor.name}'`);
    this.#initializers.set(tensor.name, tensor);
    return tensor.name;
  }

  /** The constant of this name, made when it is first asked for. */
  shared(name: string, make: (name: string) => OnnxTensor): string {
    return this.#initializers.has(name) ? name : this.constant(make(name));
  }

  /** An int64 vector, shared by all who ask for the same values. */
  ints(values: readonly number[]): string {
    return this.shared(`ints_${values.join('_')}`, (name) => int64Tensor(name, [values.length], values));
  }

  /** An int64 scalar, shared by all who ask for the same value. */
  int(value: number): string {
    return this.shared(`int_${value}`, (name) => int64Tensor(name, [], [value]));
  }

  /** A float scalar, shared by all who ask for the same value. */
  scalar(value: number): string {
    return this.shared(`scalar_${value}`, (name) => floatTensor(name, [], Float32Array.of(value)));
  }

  /** Adds a node and returns the names of its outputs. Every name in `inputs` may be '' for one left out. */
  nodeOutputs(opType: string, inputs: readonly string[], options: NodeOptions = {}): readonly string[] {
    const name = `${opType}_${this.#nodes.length}`;
    const outputs = options.outputs ?? [name];
    const attributes = Object.entries(options.attributes ?? {}).map(([key, value]) => attribute(key, value));
    this.#nodes.push({ name, opType, domain: options.domain ?? '', inputs, outputs, attributes });
    return outputs;
  }

  /** Adds a node and returns the name of its first output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const [first] = this.nodeOutputs(opType, inputs, options);
    if (first === undefined) throw new Error(`node ${opType} has no outputs`);
    return first;
  }

  build(producerName: string, irVersion: number, opsets: readonly OnnxOpset[]): OnnxModel {
    const graph = {
      name: this.#name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
    return { irVersion, producerName, opsets, graph };
  }
}

function attribute(name: string, value: AttributeValue): OnnxAttribute {
  if (typeof value === 'string') return { name, kind: 'string', value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { name, kind: 'int', value: BigInt(value) } : { name, kind: 'float', value };
  }
  if ('float' in value) return { name, kind: 'float', value: value.float };
  return { name, kind: 'ints', value: value.map(BigInt) };
}

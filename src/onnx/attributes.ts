// Short forms for the attributes of nodes.

import type { Attribute } from "./graphBuilder";

export const int = (value: number): Attribute => ({ int: value });
export const ints = (values: number[]): Attribute => ({ ints: values });
export const float = (value: number): Attribute => ({ float: value });
export const text = (value: string): Attribute => ({ string: value });

// Remembers what was used lately, in two generations: a full young one becomes the old one, and what is still
// wanted moves back. Like a least-recently-used list, without touching the list at every read.

/** Keeps between `capacity` and twice as many of the entries used last. */
export class GenerationalCache<Value> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();

  constructor(private readonly capacity: number) {}

  get(key: string): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const oldValue = this.old.get(key);
    if (oldValue !== undefined) this.set(key, oldValue);
    return oldValue;
  }

  set(key: string, value: Value): void {
    if (this.young.size >= this.capacity) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }
}

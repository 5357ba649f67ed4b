// The KV caches of the documents that were worked on last, within a memory limit.

import { KvCache, type KvCacheShape } from "../inference/kvCache";

const DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024;

/** One cache a document; the least recently used are dropped first. */
export class DocumentCaches {
  private readonly caches = new Map<string, KvCache>();

  constructor(
    private readonly shape: KvCacheShape,
    private readonly limitBytes = DEFAULT_LIMIT_BYTES,
  ) {}

  /** The cache kept under `key`, a new one when there is none; it becomes the most recently used. */
  take(key: string): KvCache {
    const cache = this.caches.get(key) ?? new KvCache(this.shape);
    this.caches.delete(key);
    this.caches.set(key, cache);
    return cache;
  }

  get sizeBytes(): number {
    let sum = 0;
    for (const cache of this.caches.values()) sum += cache.sizeBytes;
    return sum;
  }

  /** Drops old caches until all fit the limit; the newest always stays. */
  enforceLimit(): void {
    for (const key of this.caches.keys()) {
      if (this.caches.size <= 1 || this.sizeBytes <= this.limitBytes) return;
      this.caches.delete(key);
    }
  }

  clear(): void {
    this.caches.clear();
  }
}

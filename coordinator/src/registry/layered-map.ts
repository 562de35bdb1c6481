/** Changes that a layer may hold before it is merged into a fresh base: about the square root of a large fleet. */
const LAYER_LIMIT = 32;

/**
 * A map that is never changed, and from which one with a few changes is made without copying all of it: a base that
 * snapshots share, below a small layer of their own. With 1,000 agents a copy per change would be the registry's largest cost.
 */
export class LayeredMap<Key, Value extends object> implements ReadonlyMap<Key, Value> {
  readonly #base: ReadonlyMap<Key, Value>;
  /** `undefined` hides the base's value. */
  readonly #layer: ReadonlyMap<Key, Value | undefined>;
  readonly size: number;

  private constructor(base: ReadonlyMap<Key, Value>, layer: ReadonlyMap<Key, Value | undefined>, size: number) {
    this.#base = base;
    this.#layer = layer;
    this.size = size;
  }

  static empty<Key, Value extends object>(): LayeredMap<Key, Value> {
    return new LayeredMap<Key, Value>(new Map(), new Map(), 0);
  }

  /** The map with these changes; `undefined` removes a key. */
  with(changes: ReadonlyMap<Key, Value | undefined>): LayeredMap<Key, Value> {
    let { size } = this;
    for (const [key, value] of changes) size += Number(value !== undefined) - Number(this.has(key));
    if (this.#layer.size + changes.size <= LAYER_LIMIT) {
      const layer = new Map(this.#layer);
      for (const [key, value] of changes) layer.set(key, value);
      return new LayeredMap(this.#base, layer, size);
    }
    const base = new Map(this.#base);
    for (const layer of [this.#layer, changes]) {
      for (const [key, value] of layer) {
        if (value === undefined) base.delete(key);
        else base.set(key, value);
      }
    }
    return new LayeredMap(base, new Map(), size);
  }

  get(key: Key): Value | undefined {
    return this.#layer.get(key) ?? (this.#layer.has(key) ? undefined : this.#base.get(key));
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[Key, Value]> {
    for (const entry of this.#base) if (!this.#layer.has(entry[0])) yield entry;
    for (const [key, value] of this.#layer) if (value !== undefined) yield [key, value];
    return undefined;
  }

  *keys(): MapIterator<Key> {
    for (const [key] of this.entries()) yield key;
    return undefined;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }

  forEach(visit: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}

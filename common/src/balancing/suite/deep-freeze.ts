/** Freezes a value and everything in it. Maps and sets refuse to be changed too, which Object.freeze alone does not do. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) refuseChanges(value);
  if (value instanceof Map) for (const entry of value) deepFreeze(entry);
  if (value instanceof Set) for (const member of value) deepFreeze(member);
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

function refuseChanges(collection: object): void {
  for (const method of ['set', 'add', 'delete', 'clear']) {
    const value = () => {
      throw new TypeError(`a balancer must not change what it is given (${method})`);
    };
    if (method in collection) Object.defineProperty(collection, method, { value });
  }
}

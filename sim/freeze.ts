/** Freezes messages to their depth, so that whoever changes one after sending it throws at the wrong line. */

/** One for each run: it remembers what it has frozen, since messages share parts with each other. */
export class Freezer {
  private readonly done = new WeakSet();

  /** Freezes a plain value with all that it holds; returns the same value. */
  freeze<T>(value: T): T {
    if (typeof value !== 'object' || value === null || this.done.has(value)) return value;
    this.done.add(value);
    if (value instanceof Map || value instanceof Set) {
      for (const entry of value) this.freeze(entry);
      lockCollection(value);
    } else if (!ArrayBuffer.isView(value)) {
      for (const key in value) this.freeze(value[key]);
      Object.freeze(value);
    }
    return value;
  }
}

/** `Object.freeze` leaves the entries of a Map or Set open, so what changes them is shadowed. */
function lockCollection(collection: object): void {
  const refuse = (): never => {
    throw new TypeError('a message was changed after it was sent');
  };
  for (const name of ['set', 'add', 'delete', 'clear']) Object.defineProperty(collection, name, { value: refuse });
}

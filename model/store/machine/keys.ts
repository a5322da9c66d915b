/** Keys are byte strings (every char is a byte, 0x00–0xff), ordered by code unit; this file says what a range of them is. */
/** Greater than every byte string, because no byte is 0x100: the exclusive end of a range without an end. */
const beyondAllKeys = '\u0100';

/** Orders two byte strings as etcd's `bytes.Compare` does. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The `rangeEnd` that makes `[prefix, rangeEnd)` all keys with the prefix: its last byte below 0xff plus one.
 * A prefix of 0xff bytes only (or the empty one) has no such end and gives `\0`, etcd's "all keys ≥ key".
 */
export function prefixEnd(prefix: string): string {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix.charCodeAt(i);
    if (byte < 0xff) return prefix.slice(0, i) + String.fromCharCode(byte + 1);
  }
  return '\0';
}

/** The exclusive end that a non-empty `rangeEnd` stands for: `\0` means no end (etcd's `mkGteRange`). */
export function exclusiveEnd(rangeEnd: string): string {
  return rangeEnd === '\0' ? beyondAllKeys : rangeEnd;
}

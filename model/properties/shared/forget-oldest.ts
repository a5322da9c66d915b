/** Bounds what a property remembers by name: generated names come and go for as long as a run lasts. */

/** Drops the entry that stands first when there are more than `most`. */
export function forgetOldest(remembered: Map<unknown, unknown>, most: number): void {
  if (remembered.size <= most) return;
  for (const oldest of remembered.keys()) {
    remembered.delete(oldest);
    return;
  }
}

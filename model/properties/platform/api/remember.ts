/** What was asked for lately, by the object it was asked of. */
import { forgetOldest } from '../../shared/forget-oldest.ts';

/** Requests remembered of one object: what was asked for longer ago has been answered. */
const OF_ONE = 64;
/** Objects of which any are. Names that are made up come and go for as long as a run lasts. */
const OBJECTS = 4_096;

/** Adds a request; forgets the oldest one of the object, and the object of which nothing was asked for the longest time. */
export function remember<Asked>(asked: Map<string, Asked[]>, key: string, request: Asked): void {
  const list = asked.get(key) ?? [];
  if (list.push(request) > OF_ONE) list.shift();
  asked.delete(key);
  asked.set(key, list);
  forgetOldest(asked, OBJECTS);
}

/** The shortest script that still shows a difference: delta debugging over lines, then over what stands in them. */
import { isObject, type Json, type JsonObject } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';

/** Whether a script still shows what it is about. */
export type Shows = (script: readonly ScriptLine[]) => Promise<boolean>;

export interface Shrunk {
  readonly script: readonly ScriptLine[];
  /** Scripts tried on the way. */
  readonly tries: number;
}

/** `script` must show it. Deterministic; tries at most `triesMost` scripts. */
export async function shrink(script: readonly ScriptLine[], shows: Shows, triesMost = 250): Promise<Shrunk> {
  let tries = 0;
  const seen = new Map<string, boolean>();
  const holds: Shows = async (candidate) => {
    const text = JSON.stringify(candidate);
    const known = seen.get(text);
    if (known !== undefined) return known;
    if (tries >= triesMost) return false;
    tries++;
    const answer = await shows(candidate);
    seen.set(text, answer);
    return answer;
  };
  let smallest = await fewerLines(script, holds);
  for (;;) {
    const simpler = await fewerLines(await simplerLines(smallest, holds), holds);
    if (JSON.stringify(simpler) === JSON.stringify(smallest)) return { script: smallest, tries };
    smallest = simpler;
  }
}

/** Zeller's ddmin without its subsets: takes out ever smaller pieces, from the end, where the least depends on them. */
async function fewerLines(script: readonly ScriptLine[], shows: Shows): Promise<readonly ScriptLine[]> {
  let kept = script;
  for (let size = Math.ceil(kept.length / 2); size >= 1;) {
    let removed = false;
    for (let end = kept.length; end > 0; end -= size) {
      const candidate = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)];
      if (candidate.length === 0 || !(await shows(candidate))) continue;
      kept = candidate;
      removed = true;
    }
    if (size > 1) size = Math.ceil(Math.min(size, kept.length) / 2);
    else if (!removed) break;
  }
  return kept;
}

/** Takes fields out of the bodies, and items out of their lists. */
async function simplerLines(script: readonly ScriptLine[], shows: Shows): Promise<readonly ScriptLine[]> {
  let kept = script;
  for (let at = kept.length - 1; at >= 0; at--) {
    for (let changed = true; changed;) {
      changed = false;
      const line = kept[at] as ScriptLine;
      for (const body of simpler(line.body)) {
        const candidate = kept.with(at, { ...line, body: body as JsonObject });
        if (!(await shows(candidate))) continue;
        kept = candidate;
        changed = true;
        break;
      }
    }
  }
  return kept;
}

const LONG_CHARACTERS = 64;

/** Every value with one part less, large parts first. */
function* simpler(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    for (let at = 0; at < items.length; at++) yield items.toSpliced(at, 1);
    for (const [at, item] of items.entries()) for (const less of simpler(item)) yield items.with(at, less);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    for (const [name, field] of Object.entries(value)) for (const less of simpler(field)) yield { ...value, [name]: less };
  } else if (typeof value === 'string' && value.length > LONG_CHARACTERS) {
    // Cut where base64 can be cut.
    yield value.slice(0, Math.floor(value.length / 8) * 4);
  }
}

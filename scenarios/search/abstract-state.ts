/**
 * Abstract states: a world reduced to a few features. For all processes of one kind it says what role each has, whether it is
 * up, and roughly how far each lags behind the others (in its term, in what it has applied, in what its cache shows). Two worlds
 * with the same features are one state.
 */
import { hashString, mix3, type Run } from '../../sim/index.ts';

/** The states seen so far, as distinct hashes, sampled every `everyUs`. */
export function watchStates(run: Run, everyUs: number): () => readonly number[] {
  const seen = new Set<number>();
  let nextUs = everyUs;
  run.observe({
    stepped() {
      if (run.nowUs < nextUs) return;
      nextUs = run.nowUs + everyUs;
      for (const state of statesOf(run)) seen.add(state);
    },
  });
  return () => [...seen];
}

/** One for each kind of process. */
function statesOf(run: Run): readonly number[] {
  const sorts = new Map<string, Map<string, unknown>[]>();
  for (const { name } of run.processes) {
    const sort = /^[^-]*/.exec(name)?.[0] ?? name;
    const { state, program } = run.inspect(name);
    const facts = new Map<string, unknown>([['state', state]]);
    gather(program, '', facts, 0);
    sorts.set(sort, [...(sorts.get(sort) ?? []), facts]);
  }
  return [...sorts].map(([sort, processes]) => {
    const looks = processes.map((facts) => lookOf(facts, processes)).sort((a, b) => a - b);
    return looks.reduce((hash, look) => mix3(hash, look, 1), hashString(sort));
  });
}

const DEPTH = 3;
/** Longer texts are names and contents, not roles. */
const ROLE_LENGTH = 12;

/** Flags, roles, numbers and lengths, by their path. */
function gather(value: unknown, path: string, facts: Map<string, unknown>, depth: number): void {
  if (typeof value === 'boolean' || value === null || typeof value === 'number') facts.set(path, value);
  else if (typeof value === 'string') facts.set(path, value.length <= ROLE_LENGTH && /^[a-z-]+$/i.test(value) ? value : '…');
  else if (Array.isArray(value)) facts.set(path, value.length);
  else if (typeof value === 'object' && value !== undefined && depth < DEPTH)
    for (const [key, part] of Object.entries(value)) gather(part, `${path}.${key}`, facts, depth + 1);
}

/** A number counts by how far it is behind the greatest among processes of its kind, in three buckets. */
function lookOf(facts: ReadonlyMap<string, unknown>, like: readonly ReadonlyMap<string, unknown>[]): number {
  let look = 0;
  for (const [path, value] of facts) {
    const fact = typeof value === 'number' ? String(stepOf(greatest(path, like) - value)) : String(value);
    look = mix3(look, hashString(path), hashString(fact));
  }
  return look;
}

function greatest(path: string, like: readonly ReadonlyMap<string, unknown>[]): number {
  return Math.max(...like.map((facts) => facts.get(path)).filter((value) => typeof value === 'number'));
}

function stepOf(behind: number): number {
  return behind === 0 ? 0 : behind < 10 ? 1 : 2;
}

/** Whom a fault strikes: the words in which faults name processes, and who is meant by them. */

/**
 * A name (`n1`), a prefix (`n*`), all (`*`), a region (`region:east`), whoever plays a role at that moment
 * (`role:raft-leader`), or several of these with commas between them (`n1,n4,region:east`).
 */
export type Target = string;

/** Who can be named. */
export interface Named {
  readonly name: string;
  readonly region: string;
}

/** Who can be struck, and what it shares with others: those who share something fail together. */
export interface Strikable extends Named {
  /** Power and a switch within its region; absent: it shares them with nobody known. */
  readonly zone?: string;
  /** A sort of disk, with its firmware; absent: it shares it with nobody known. */
  readonly diskModel?: string;
}

/** Who plays a role now; null when nobody does, undefined when there is no such role. */
export type ResolveRole = (role: string) => string | null | undefined;

/** Those whom a target names, each once, in the order of `all`. Throws a RangeError when a word of it can name nobody. */
export function resolveTarget<P extends Named>(target: Target, all: readonly P[], holderOf: ResolveRole): readonly P[] {
  if (target === '*') return all;
  if (!target.includes(',')) return resolveWord(target, all, holderOf);
  const named = new Set(target.split(',').flatMap((word) => resolveWord(word.trim(), all, holderOf)));
  return all.filter((process) => named.has(process));
}

function resolveWord<P extends Named>(word: string, all: readonly P[], holderOf: ResolveRole): readonly P[] {
  if (word.startsWith('role:')) {
    const holder = holderOf(word.slice('role:'.length));
    if (holder === undefined) throw new RangeError(`no role is called "${word.slice('role:'.length)}"`);
    return holder === null ? [] : [named(holder, all)];
  }
  if (word.startsWith('region:')) {
    const region = word.slice('region:'.length);
    return someOf(
      all.filter((process) => process.region === region),
      `no process is in region "${region}"`,
    );
  }
  if (word.endsWith('*')) {
    const prefix = word.slice(0, -1);
    return someOf(
      all.filter(({ name }) => name.startsWith(prefix)),
      `no process has a name that begins with "${prefix}"`,
    );
  }
  return [named(word, all)];
}

function named<P extends Named>(name: string, all: readonly P[]): P {
  const process = all.find((other) => other.name === name);
  if (process === undefined) throw new RangeError(`no process is called "${name}"`);
  return process;
}

function someOf<P>(found: readonly P[], otherwise: string): readonly P[] {
  if (found.length === 0) throw new RangeError(otherwise);
  return found;
}

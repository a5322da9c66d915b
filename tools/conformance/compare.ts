/**
 * Whether two subjects said the same. Set aside is only what cannot agree: cluster and member ids and the Raft term in
 * headers; ids that a server chose for leases, which are told apart by their order; the order of responses of different
 * watches of a stream, and that of the keys on a lease, which etcd does not define; and of what is left of a lease, the
 * seconds by which the two clocks went apart.
 */
import { digits, isObject, type Json, type JsonObject } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import { grouped } from '../../sim/index.ts';
import { watchOf } from './etcd-subject.ts';
import type { Outcome } from './subject.ts';

export interface Difference {
  /** Position of the line in the script. */
  readonly at: number;
  /** `answer`, or `watch` and the id of the watch. */
  readonly where: string;
  /** To the first part of it that differs, such as `kvs.0.lease`. */
  readonly path: string;
  readonly ours: Json;
  readonly theirs: Json;
}

/** What is the same about two differences that have the same cause, most likely. Where in the answer they lie may change. */
export function signature(script: readonly ScriptLine[], { at, where }: Difference): string {
  return `${script[at]?.method} ${where.split(' ', 1)[0]}`;
}

const IDENTITY: ReadonlySet<string> = new Set(['cluster_id', 'member_id', 'raft_term']);

/** Compares line by line, in the order of the script. */
export class Comparison {
  private readonly ours = new ChosenIds();
  private readonly theirs = new ChosenIds();
  private at = 0;

  /** The difference in what came of the next line, or null. */
  next(line: ScriptLine, ours: Outcome, theirs: Outcome): Difference | null {
    const at = this.at++;
    this.ours.learn(line, ours.answer);
    this.theirs.learn(line, theirs.answer);
    const toleranceS = 1 + Math.ceil(Math.abs(ours.atMs - theirs.atMs) / 1_000);
    const answers = [this.comparable(this.ours, ours.answer), this.comparable(this.theirs, theirs.answer)] as const;
    if (line.method === 'lease/timetolive' && agreeInTime(...answers, toleranceS)) return this.compareStreams(at, ours, theirs);
    const path = firstDifference(...answers);
    if (path !== null) return { at, where: 'answer', path, ours: answers[0], theirs: answers[1] };
    return this.compareStreams(at, ours, theirs);
  }

  /** What came on the stream when all was said. */
  surplus(responses: readonly Json[]): Difference | null {
    const [first] = responses;
    if (first === undefined) return null;
    return { at: this.at - 1, where: `watch ${watchOf(first)}`, path: '', ours: null, theirs: first };
  }

  private compareStreams(at: number, ours: Outcome, theirs: Outcome): Difference | null {
    const ourWatches = grouped(ours.stream, watchOf);
    const theirWatches = grouped(theirs.stream, watchOf);
    for (const id of new Set([...ourWatches.keys(), ...theirWatches.keys()])) {
      const mine = (ourWatches.get(id) ?? []).map((response) => this.comparable(this.ours, response));
      const yours = (theirWatches.get(id) ?? []).map((response) => this.comparable(this.theirs, response));
      const path = firstDifference(mine, yours);
      if (path !== null) return { at, where: `watch ${id}`, path, ours: mine, theirs: yours };
    }
    return null;
  }

  private comparable(ids: ChosenIds, value: Json): Json {
    if (Array.isArray(value)) return value.map((item: Json) => this.comparable(ids, item));
    if (!isObject(value)) return value;
    const fields: Record<string, Json> = {};
    for (const [name, field] of Object.entries(value)) {
      if (IDENTITY.has(name)) continue;
      if (name === 'ID' || name === 'lease') fields[name] = ids.named(field);
      else if (name === 'keys') fields[name] = [...(field as readonly string[])].sort();
      else fields[name] = this.comparable(ids, field);
    }
    return fields;
  }
}

/** Ids that a server chose for leases, under names that both servers' have. */
class ChosenIds {
  private readonly names = new Map<Json, string>();

  learn({ method, body }: ScriptLine, answer: Json): void {
    if (method !== 'lease/grant' || !isObject(answer) || digits(body['ID']) !== '0') return;
    const id = answer['ID'];
    if (id !== undefined) this.names.set(id, `chosen-${this.names.size + 1}`);
  }

  named(id: Json): Json {
    return this.names.get(id) ?? id;
  }
}

/** The same but for what is left of the lease, and that not by more than so many seconds. */
function agreeInTime(ours: Json, theirs: Json, toleranceS: number): boolean {
  if (!isObject(ours) || !isObject(theirs)) return false;
  const [mine, yours] = [secondsLeft(ours), secondsLeft(theirs)];
  if (mine < 0 || yours < 0 || Math.abs(mine - yours) > toleranceS) return false;
  return firstDifference({ ...ours, TTL: '' }, { ...theirs, TTL: '' }) === null;
}

function secondsLeft(answer: JsonObject): number {
  return Number(answer['TTL'] ?? 0);
}

/** The path to the first part that differs; null when nothing does. */
export function firstDifference(a: Json, b: Json): string | null {
  if (a === b) return null;
  const isList = Array.isArray(a);
  if (isList !== Array.isArray(b) || typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return '';
  const [left, right] = [a as JsonObject, b as JsonObject];
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inLeft = left[name];
    const inRight = right[name];
    if (inLeft === undefined || inRight === undefined) return name;
    const deeper = firstDifference(inLeft, inRight);
    if (deeper !== null) return deeper === '' ? name : `${name}.${deeper}`;
  }
  return null;
}

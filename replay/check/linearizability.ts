/** Whether a history is linearizable, object by object, and if not, what proves it. */
import { RETURNED, INVOKED, courseOf, type Course } from './course.ts';
import type { Operation } from './history.ts';
import type { Model } from './models/model.ts';
import { objectsOf, type Reading } from './objects.ts';
import { Search } from './search.ts';

export type Verdict =
  | { readonly valid: true; readonly objects: number }
  | { readonly valid: false; readonly objects: number; readonly refutation: Refutation }
  | { readonly valid: 'unknown'; readonly objects: number; readonly standing: Standing };

/** Why a history is not linearizable: everything up to the return of one operation, and no less, has no order. */
export interface Refutation {
  /** Of the object, in EDN; null where there is one. */
  readonly key: string | null;
  readonly operation: Operation;
  /** Up to that return there may be an order, but none that leaves room for what is told later (`Model.precedents`). */
  readonly isForeseen: boolean;
  /** What the object may have held before the operation took effect; some of what is possible. */
  readonly states: readonly string[];
  /** What was open as well when it returned. */
  readonly concurrent: readonly Operation[];
  /** What was asked for before it returned and was never answered. */
  readonly unanswered: readonly Operation[];
}

/** How far a check has come. */
export interface Standing {
  readonly objects: number;
  readonly decided: number;
  /** Ways on from a configuration that were tried, at most. */
  readonly tries: number;
  /** The operation, of an object that is not decided, that no order was found for yet; null before one was looked for. */
  readonly operation: Operation | null;
  /** Why the check ends by itself; null while it goes on. */
  readonly givesUp: string | null;
}

/** Between two yields. */
const SLICE = 4_096;
/** For each object at first: a hard one does not keep the others from being judged. Then so many times more. */
const FIRST_TRIES = 16_384;
const MORE = 8;
/** Configurations, and what their states are worth, kept for all undecided objects together; more are some gigabytes. */
const KEPT_MOST = 40_000_000;

interface Case {
  readonly key: string | null;
  readonly course: Course;
  readonly search: Search<unknown, unknown>;
}

/**
 * A coroutine: whoever runs it is told now and then how far it has come, and may stop there. Throws a HistoryError for
 * operations that the model does not have. Without bounds it ends by itself: `unknown` is said only where there was no
 * room for all that has to be remembered.
 */
export function* linearizability(
  operations: readonly Operation[],
  model: Model<unknown, unknown>,
  reading: Reading,
): Generator<Standing, Verdict, void> {
  const histories = objectsOf(operations, model, reading);
  const objects = histories.length;
  let undecided: Case[] = [];
  let decided = 0;
  let tries = 0;
  const standing = (each: Case, givesUp: string | null = null): Standing => ({
    objects,
    decided,
    tries,
    operation: furthestOf(each),
    givesUp,
  });
  /** A verdict of the whole where there is one; else whether this one is linearizable, false when nobody knows yet. */
  function* attempt(each: Case, most: number): Generator<Standing, Verdict | boolean, void> {
    for (let left = most; left > 0; left -= SLICE) {
      const outcome = each.search.run(Math.min(SLICE, left));
      tries += SLICE;
      if (outcome === 'linearizable') return true;
      if (outcome === 'not linearizable') return { valid: false, objects, refutation: refutationOf(each) };
      if (kept(undecided) + each.search.size > KEPT_MOST)
        return { valid: 'unknown', objects, standing: standing(each, 'there is no room for more configurations') };
      yield standing(each);
    }
    return false;
  }
  for (const { key, steps, tasks } of histories) {
    const course = courseOf(tasks);
    const each: Case = { key, course, search: new Search(steps, course) };
    const found = yield* attempt(each, FIRST_TRIES);
    if (typeof found === 'object') return found;
    if (found) decided++;
    else undecided.push(each);
    yield standing(each);
  }
  for (let most = FIRST_TRIES * MORE; undecided.length > 0; most *= MORE) {
    const left: Case[] = [];
    for (const each of undecided) {
      const found = yield* attempt(each, most);
      if (typeof found === 'object') return found;
      if (found) decided++;
      else left.push(each);
    }
    undecided = left;
  }
  return { valid: true, objects };
}

function kept(cases: readonly Case[]): number {
  return cases.reduce((sum, { search }) => sum + search.size, 0);
}

function furthestOf({ course, search }: Case): Operation | null {
  return search.furthest < 0 ? null : returning(course, search.furthest);
}

function returning({ tasks, events }: Course, at: number): Operation {
  return (tasks[(events[at] as number) >> 2] as Course['tasks'][number]).operation;
}

function refutationOf({ key, course, search }: Case): Refutation {
  const { tasks, kinds, events } = course;
  const operation = returning(course, search.furthest);
  const open = new Set<Operation>();
  for (const code of events.subarray(0, search.furthest)) {
    const task = tasks[code >> 2];
    if (task === undefined) continue;
    if ((code & 3) === INVOKED) open.add(task.operation);
    else if ((code & 3) === RETURNED) open.delete(task.operation);
  }
  open.delete(operation);
  const unanswered = kinds.flatMap(({ operations }) => operations).filter(({ invokedAt }) => invokedAt < operation.returnedAt);
  unanswered.sort((a, b) => a.invokedAt - b.invokedAt);
  return {
    key,
    operation,
    isForeseen: course.precedents !== null,
    states: search.statesBeforeFurthest(),
    concurrent: [...open],
    unanswered,
  };
}

/** What happened to one object, in numbers: who asked and who was answered in which order. */
import type { Effect } from './models/model.ts';
import type { Operation } from './history.ts';

/** An operation and what it is to the model. */
export interface Task {
  readonly operation: Operation;
  /** When it must have taken effect; Infinity where nobody knows whether it ever did. */
  readonly returnedAt: number;
  /** Operations that are interchangeable have the same number (`Steps`). */
  readonly number: number;
  readonly effect: Effect;
  /** What has to take effect before it, if all that is told later is to be true. */
  readonly precedents: readonly Operation[];
}

export interface Course {
  /** Operations that must have happened, in the order in which they were asked for. */
  readonly tasks: readonly Task[];
  /** For each the tasks that have to take effect before it; null where nobody has any. */
  readonly precedents: readonly (readonly number[])[] | null;
  /** The place of each task's `invoke` among the events. */
  readonly invokedAt: Int32Array;
  /** Where its bit is while it is open; a slot is free again after the return. */
  readonly slots: Int32Array;
  readonly slotCount: number;
  /** Operations that may have happened by kind, since those of a kind are interchangeable. */
  readonly kinds: readonly Kind[];
  /** A task that is invoked (t × 4), returns (t × 4 + 1), or a kind of which one is invoked (k × 4 + 2). */
  readonly events: Int32Array;
}

export interface Kind {
  readonly number: number;
  readonly effect: Effect;
  readonly operations: Operation[];
  /** The places of their invocations among the events, ascending. */
  readonly invokedAt: number[];
}

export const INVOKED = 0;
export const RETURNED = 1;
const UNANSWERED = 2;

/** `all` in the order in which they were asked for. */
export function courseOf(all: readonly Task[]): Course {
  const tasks = all.filter(({ returnedAt }) => returnedAt !== Infinity);
  const invokedAt = new Int32Array(tasks.length);
  const slots = new Int32Array(tasks.length);
  const kinds = new Map<number, Kind & { readonly at: number }>();
  const events = new Int32Array(all.length + tasks.length);
  const free: number[] = [];
  /** Tasks by their returns, the next one last. */
  const open: number[] = [];
  const returnOf = (task: number | undefined): number => (task === undefined ? Infinity : (tasks[task] as Task).returnedAt);
  let slotCount = 0;
  let count = 0;
  let asked = 0;
  const returnsBefore = (place: number): void => {
    while (returnOf(open.at(-1)) < place) {
      const task = open.pop() as number;
      events[count++] = task * 4 + RETURNED;
      free.push(slots[task] as number);
    }
  };
  for (const { operation, returnedAt, number, effect } of all) {
    returnsBefore(operation.invokedAt);
    if (returnedAt !== Infinity) {
      slots[asked] = free.pop() ?? slotCount++;
      invokedAt[asked] = count;
      insert(open, asked, returnOf);
      events[count++] = asked++ * 4 + INVOKED;
      continue;
    }
    const kind = kinds.get(number) ?? { at: kinds.size, number, effect, operations: [], invokedAt: [] };
    kinds.set(number, kind);
    kind.operations.push(operation);
    kind.invokedAt.push(count);
    events[count++] = kind.at * 4 + UNANSWERED;
  }
  returnsBefore(Infinity);
  return { tasks, precedents: precedentsOf(tasks), invokedAt, slots, slotCount, kinds: [...kinds.values()], events };
}

function precedentsOf(tasks: readonly Task[]): readonly (readonly number[])[] | null {
  if (tasks.every(({ precedents }) => precedents.length === 0)) return null;
  const places = new Map(tasks.map(({ operation }, task) => [operation, task]));
  return tasks.map(({ precedents }) => precedents.map((operation) => places.get(operation)).filter((task) => task !== undefined));
}

/** Among descending returns, of which there are no more than clients. */
function insert(open: number[], task: number, returnOf: (task: number) => number): void {
  let at = open.length;
  open.push(task);
  for (; at > 0 && returnOf(open[at - 1] as number) < returnOf(task); at--) open[at] = open[at - 1] as number;
  open[at] = task;
}

/** Queues: one that gives out what was put in in any order, and one that gives out first what was put in first. */
import { byCodeUnit } from '../../../sim/index.ts';
import { textOf } from '../value.ts';
import { endsByTraces } from './ends.ts';
import { unknownCall, type Asked, type Call, type Model } from './model.ts';

/** Elements by their texts; null is whatever comes next. */
type Op = { readonly f: 'enqueue'; readonly element: string } | { readonly f: 'dequeue'; readonly element: string | null };

const OPERATIONS = ['enqueue ELEMENT', 'dequeue → ELEMENT'];

function readOp(call: Call, model: { readonly name: string; readonly operations: readonly string[] }): Op {
  if (call.f === 'enqueue') return { f: 'enqueue', element: textOf(call.input) };
  if (call.f === 'dequeue') return { f: 'dequeue', element: call.isKnown ? textOf(call.output) : null };
  throw unknownCall(call, model);
}

const opText = ({ f, element }: Op): string => `${f} ${element ?? 'anything'}`;

/** Who was put in and never taken out is missed by nobody. */
function ends(all: readonly Asked<Op>[]): readonly (number | null)[] {
  return endsByTraces(all, {
    leaves: ({ f, element }) => (f === 'enqueue' ? element : null),
    shows: ({ f, element }) => (f === 'dequeue' && element !== null ? [element] : []),
  });
}

/** How many there are of each element. */
type Bag = ReadonlyMap<string, number>;

export const unorderedQueue: Model<Bag, Op> = {
  name: 'unordered-queue',
  title: 'what went in comes out once, in any order',
  operations: OPERATIONS,
  initially: () => new Map(),
  read(call) {
    const op = readOp(call, this);
    // What may have been taken out is missed by nobody: no operation tells that the queue is empty.
    return op.element === null ? null : op;
  },
  text: opText,
  effect: () => 'changes',
  apply({ f, element }, state) {
    const key = element ?? '';
    const count = (state.get(key) ?? 0) + (f === 'enqueue' ? 1 : -1);
    if (count < 0) return null;
    const next = new Map(state).set(key, count);
    if (count === 0) next.delete(key);
    return next;
  },
  ends,
  needs: (later, earlier) => later.f === 'dequeue' && earlier.f === 'enqueue' && later.element === earlier.element,
  stateText: (state) =>
    `{${[...state]
      .map(([element, count]) => (count === 1 ? element : `${element} ×${count}`))
      .sort(byCodeUnit)
      .join(', ')}}`,
};

export const fifoQueue: Model<readonly string[], Op> = {
  name: 'fifo-queue',
  title: 'what went in comes out once, first in, first out',
  operations: OPERATIONS,
  initially: () => [],
  read(call) {
    return readOp(call, this);
  },
  text: opText,
  effect: () => 'changes',
  apply({ f, element }, state) {
    if (f === 'enqueue') return [...state, element ?? ''];
    const [first] = state;
    return first !== undefined && (element === null || element === first) ? state.slice(1) : null;
  },
  needs(later, earlier) {
    // Who is put in at one end is no matter to who comes out at the other, unless the queue was empty.
    if (later.f === 'enqueue') return earlier.f === 'enqueue' && earlier.element !== later.element;
    if (later.element === null || earlier.element === null) return true;
    return (earlier.f === 'enqueue') === (later.element === earlier.element);
  },
  stateText: (state) => `[${state.join(' ')}]`,
  ends,
  precedents: enqueuedBefore,
};

/**
 * Where each element goes in once: who came out before another one was asked for was put in before it. Without that the order of
 * two that were put in at the same time would be guessed, and found to be wrong long after.
 */
function enqueuedBefore(all: readonly Asked<Op>[]): readonly (readonly number[])[] | null {
  const enqueued = new Set<string>();
  const dequeues = new Map<string, Asked<Op>>();
  let anythingMayGo = false;
  for (const asked of all) {
    const { f, element } = asked.op;
    if (element === null) anythingMayGo = true;
    else if (f === 'enqueue' ? enqueued.has(element) : dequeues.has(element)) return null;
    else if (f === 'enqueue') enqueued.add(element);
    else dequeues.set(element, asked);
  }
  const comesOutBefore = (element: string | null, other: string | null): boolean => {
    const first = dequeues.get(element ?? '');
    const second = dequeues.get(other ?? '');
    return first !== undefined && (second === undefined ? !anythingMayGo : first.returnedAt < second.invokedAt);
  };
  const before = all.map((): number[] => []);
  let open: number[] = [];
  for (const [at, { op, invokedAt }] of all.entries()) {
    if (op.f !== 'enqueue') continue;
    open = open.filter((each) => (all[each] as Asked<Op>).returnedAt > invokedAt);
    for (const each of open) {
      const { element } = (all[each] as Asked<Op>).op;
      if (comesOutBefore(element, op.element)) before[at]?.push(each);
      else if (comesOutBefore(op.element, element)) before[each]?.push(at);
    }
    open.push(at);
  }
  return before;
}

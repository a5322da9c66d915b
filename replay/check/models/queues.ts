/** Queues: one that gives out what was put in in any order, and one that gives out first what was put in first. */
import { textOf } from '../value.ts';
import { unknownCall, type Call, type Model } from './model.ts';

/** Elements by their texts; null is whatever comes next. */
type Op = { readonly f: 'enqueue'; readonly element: string } | { readonly f: 'dequeue'; readonly element: string | null };

const OPERATIONS = ['enqueue ELEMENT', 'dequeue → ELEMENT'];

function readOp(call: Call, model: { readonly name: string; readonly operations: readonly string[] }): Op {
  if (call.f === 'enqueue') return { f: 'enqueue', element: textOf(call.input) };
  if (call.f === 'dequeue') return { f: 'dequeue', element: call.isKnown ? textOf(call.output) : null };
  throw unknownCall(call, model);
}

const opText = ({ f, element }: Op): string => `${f} ${element ?? 'anything'}`;

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
  needs: (later, earlier) => later.f === 'dequeue' && earlier.f === 'enqueue' && later.element === earlier.element,
  stateText: (state) => `{${[...state].map(([element, count]) => (count === 1 ? element : `${element} ×${count}`)).sort((a, b) => (a < b ? -1 : 1)).join(', ')}}`,
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
};

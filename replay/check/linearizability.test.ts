import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasAnOrder, historyOf, judge, type Line } from './testing/histories.ts';
import type { EventType } from './history.ts';
import type { Value } from './value.ts';

/** How operations of a model are drawn: what is asked, and what may be told. */
interface Drawing {
  readonly model: string;
  readonly asked: readonly (readonly [f: string, input: Value])[];
  readonly told: (f: string, input: Value, draw: number) => Value;
}

const subsets: readonly Value[] = [[], [1], [2], [1, 2], [2, 1], [1, 2, 3], [3]];
const pick = <T>(items: readonly T[], draw: number): T => items[draw % items.length] as T;

const drawings: readonly Drawing[] = [
  { model: 'register', asked: [['read', null], ['write', 1], ['write', 2], ['read', null], ['write', 3]], told: (f, input, draw) => (f === 'read' ? pick([null, 1, 2, 3], draw) : input) },
  {
    model: 'cas-register',
    asked: [['read', null], ['write', 1], ['cas', [1, 2]], ['cas', [2, 1]], ['cas', [2, 3]], ['write', 2]],
    told: (f, input, draw) => (f === 'read' ? pick([null, 1, 2, 3], draw) : input),
  },
  { model: 'mutex', asked: [['acquire', null], ['release', null]], told: () => null },
  { model: 'owner-mutex', asked: [['acquire', null], ['release', null]], told: () => null },
  { model: 'fenced-mutex', asked: [['acquire', null], ['release', null]], told: (f, _input, draw) => (f === 'acquire' ? (draw % 4) + 1 : null) },
  { model: 'set', asked: [['add', 1], ['add', 2], ['read', null], ['add', 3], ['read', null]], told: (f, input, draw) => (f === 'read' ? pick(subsets, draw) : input) },
  { model: 'unordered-queue', asked: [['enqueue', 1], ['dequeue', null], ['enqueue', 2], ['dequeue', null]], told: (f, input, draw) => (f === 'dequeue' ? (draw % 2) + 1 : input) },
  { model: 'fifo-queue', asked: [['enqueue', 1], ['dequeue', null], ['enqueue', 2], ['dequeue', null]], told: (f, input, draw) => (f === 'dequeue' ? (draw % 2) + 1 : input) },
  {
    model: 'multi-register',
    asked: [['txn', [[{ key: 'r' }, 1, null]]], ['txn', [[{ key: 'w' }, 1, 1]]], ['txn', [[{ key: 'r' }, 1, null], [{ key: 'w' }, 2, 1]]], ['txn', [[{ key: 'w' }, 1, 2], [{ key: 'r' }, 2, null]]]],
    told: (_f, input, draw) => (input as readonly (readonly Value[])[]).map(([what = null, key = null, value = null], at) => [what, key, value ?? pick([null, 1, 2], draw >> at)]),
  },
];

const PROCESSES = 4;
/** Answers are likelier than doubts. */
const ENDS: readonly EventType[] = ['ok', 'ok', 'ok', 'ok', 'info', 'fail'];

/** Each draw lets one process ask or be told; who was told nothing goes on as another. */
function linesOf({ asked, told }: Drawing, draws: readonly (readonly [who: number, what: number, end: number])[]): readonly Line[] {
  const open = new Map<number, readonly [f: string, input: Value]>();
  const lives = new Map<number, number>();
  return draws.map(([who, what, end]): Line => {
    const process = who + PROCESSES * (lives.get(who) ?? 0);
    const call = open.get(who);
    if (call === undefined) {
      const [f, input] = pick(asked, what);
      open.set(who, [f, input]);
      return [process, 'invoke', f, input];
    }
    open.delete(who);
    const [f, input] = call;
    const type = pick(ENDS, end);
    if (type === 'info') lives.set(who, (lives.get(who) ?? 0) + 1);
    return [process, type, f, type === 'ok' ? told(f, input, what) : input];
  });
}

describe.each(drawings)('$model', (drawing) => {
  test('the verdict is that of trying every order', () => {
    const seen = { valid: 0, invalid: 0 };
    const draws = fc.array(fc.tuple(fc.nat({ max: PROCESSES - 1 }), fc.nat({ max: 99 }), fc.nat({ max: 5 })), { minLength: 2, maxLength: 18 });
    fc.assert(
      fc.property(draws, (drawn) => {
        const operations = historyOf(linesOf(drawing, drawn));
        const expected = hasAnOrder(operations, drawing.model);
        seen[expected ? 'valid' : 'invalid']++;
        expect(judge(operations, drawing.model).valid).toBe(expected);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 600) },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(20);
  });
});

import { describe, expect, test } from 'vitest';
import { callOf, historyOf, judge, modelNamed, type Line } from '../testing/histories.ts';
import { HistoryError } from '../history.ts';
import type { Value } from '../value.ts';
import { models } from './index.ts';

/** One operation after the other. */
function inTurn(...calls: readonly (readonly [f: string, input: Value, output?: Value, process?: number])[]): readonly Line[] {
  return calls.flatMap(([f, input, output = input, process = 0]): Line[] => [
    [process, 'invoke', f, input],
    [process, 'ok', f, output],
  ]);
}

const key = (name: string): Value => ({ key: name });
const txn = (...micros: readonly Value[]): readonly [string, Value] => ['txn', micros];
const r = (of: Value, value: Value): Value => [key('r'), of, value];
const w = (of: Value, value: Value): Value => [key('w'), of, value];

const valid: readonly (readonly [model: string, fact: string, lines: readonly Line[]])[] = [
  ['register', 'a read sees the last write', inTurn(['read', null, null], ['write', 1], ['read', null, 1])],
  ['cas-register', 'a cas replaces what it expects', inTurn(['write', 1], ['cas', [1, 2]], ['read', null, 2])],
  [
    'multi-register',
    'a txn reads what it has written',
    inTurn(txn(w('x', 1), r('x', 1)), txn(r('x', 1), r('y', null)), txn(w('z', 3)), txn(w('y', 4))),
  ],
  ['mutex', 'whoever knows of it may release it', inTurn(['acquire', null], ['release', null, null, 1], ['acquire', null])],
  ['owner-mutex', 'the holder releases it', inTurn(['acquire', null], ['release', null], ['acquire', null, null, 1])],
  [
    'fenced-mutex',
    'every grant has a larger token',
    inTurn(['acquire', null, 3], ['release', null, null], ['acquire', null, 7, 1]),
  ],
  [
    'set',
    'a read sees all that was added, in any order',
    inTurn(['add', 1], ['add', 2], ['read', null, [2, 1]], ['add', 1], ['read', null, { set: [1, 2] }]),
  ],
  [
    'unordered-queue',
    'what went in last may come out first',
    inTurn(['enqueue', 1], ['enqueue', 2], ['dequeue', null, 2], ['dequeue', null, 1]),
  ],
  [
    'fifo-queue',
    'what went in first comes out first',
    inTurn(['enqueue', 1], ['enqueue', 2], ['dequeue', null, 1], ['dequeue', null, 2]),
  ],
];

const invalid: readonly (readonly [model: string, fact: string, lines: readonly Line[]])[] = [
  ['register', 'a stale read', inTurn(['write', 1], ['write', 2], ['read', null, 1])],
  ['register', 'a read of what nobody wrote', inTurn(['write', 1], ['read', null, 9])],
  ['cas-register', 'a cas of what was not there', inTurn(['write', 1], ['cas', [2, 3]])],
  ['multi-register', 'half a txn', inTurn(txn(w('x', 1), w('y', 1)), txn(r('x', 1), r('y', null)))],
  ['mutex', 'two that hold it', inTurn(['acquire', null], ['acquire', null, null, 1])],
  ['owner-mutex', 'a release by somebody else', inTurn(['acquire', null], ['release', null, null, 1])],
  ['fenced-mutex', 'a token that does not grow', inTurn(['acquire', null, 3], ['release', null, null], ['acquire', null, 3])],
  ['set', 'an element that was lost', inTurn(['add', 1], ['add', 2], ['read', null, [2]])],
  ['unordered-queue', 'an element that comes out twice', inTurn(['enqueue', 1], ['dequeue', null, 1], ['dequeue', null, 1])],
  ['fifo-queue', 'an element that overtakes another', inTurn(['enqueue', 1], ['enqueue', 2], ['dequeue', null, 2])],
];

test.each(valid)('%s: %s', (model, _, lines) => {
  expect(judge(historyOf(lines), model).valid).toBe(true);
});

test.each(invalid)('%s: %s is caught', (model, _, lines) => {
  expect(judge(historyOf(lines), model).valid).toBe(false);
});

describe.each(models.map(({ name }) => name))('%s', (name) => {
  const model = modelNamed(name);
  const ops = [...valid, ...invalid]
    .filter(([of]) => of === name)
    .flatMap(([, , lines]) => historyOf([...lines, ...unanswered(lines)]))
    .map((operation) => model.read(callOf(operation)))
    .filter((op) => op !== null);
  const states = reachable(ops);

  test('an operation that is not needed before another one may as well come after it', () => {
    let claims = 0;
    for (const later of ops) {
      for (const earlier of ops) {
        if (model.effect(later) === 'pure' && model.effect(earlier) === 'pure') continue;
        if (model.needs(later, earlier)) continue;
        claims++;
        for (const state of states) {
          const there = after(after(state, earlier), later);
          if (there === null) continue;
          const otherwise = after(after(state, later), earlier);
          expect(otherwise === null ? null : model.stateText(otherwise)).toBe(model.stateText(there));
        }
      }
    }
    expect(claims).toBeGreaterThan(0);
  });

  test('what is pure changes nothing, and what overwrites is possible everywhere and leads to one state', () => {
    for (const op of ops) {
      const nexts = states.map((state) => after(state, op));
      if (model.effect(op) === 'pure')
        for (const [at, next] of nexts.entries())
          if (next !== null) expect(model.stateText(next)).toBe(model.stateText(states[at]));
      if (model.effect(op) === 'overwrites')
        expect(new Set(nexts.map((next) => (next === null ? null : model.stateText(next)))).size).toBe(1);
    }
  });

  test('an operation that it does not have is refused, with those that it has', () => {
    expect(() => judge(historyOf([[0, 'invoke', 'boil', 1]]), name)).toThrow(HistoryError);
    expect(() => judge(historyOf([[0, 'invoke', 'boil', 1]]), name)).toThrow(
      `boil: the model ${name} has no such operation; it has ${model.operations.join(', ')}`,
    );
  });

  function after(state: unknown, op: unknown): unknown {
    return state === null ? null : model.apply(op, state);
  }

  /** In three steps at most. */
  function reachable(all: readonly unknown[]): readonly unknown[] {
    const found = new Map([[model.stateText(model.initially(null)), model.initially(null)]]);
    for (let step = 0; step < 3; step++) {
      for (const state of [...found.values()]) {
        for (const op of all) {
          const next = after(state, op);
          if (next !== null) found.set(model.stateText(next), next);
        }
      }
    }
    return [...found.values()];
  }
});

/** The same once more, asked for by others who are not told. */
function unanswered(lines: readonly Line[]): readonly Line[] {
  return lines.filter(([, type]) => type === 'invoke').map(([, , f, value = null], at): Line => [100 + at, 'invoke', f, value]);
}

test.each<[string, Line, string]>([
  ['cas-register', [0, 'invoke', 'cas', 3], 'cas 3: should carry [expected new]'],
  [
    'multi-register',
    [0, 'invoke', 'txn', [[key('x'), 1, 1]]],
    'txn [[:x 1 1]]: should carry a list of [:r key value] and [:w key value]',
  ],
])('%s: a value that the operation cannot carry is refused', (model, line, message) => {
  expect(() => judge(historyOf([line]), model)).toThrow(new HistoryError(1, message));
});

test('what a register holds in the beginning can be said', () => {
  const lines = inTurn(['read', null, 7]);
  expect(judge(historyOf(lines), 'register', { initial: 7 }).valid).toBe(true);
  expect(judge(historyOf(lines), 'register').valid).toBe(false);
});

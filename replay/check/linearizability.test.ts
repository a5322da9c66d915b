import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { casRegisterWith, growingSet, historyOfUse, queue, registerWith, type RealObject } from './testing/clients.ts';
import { hasAnOrder, historyOf, judge, type Line } from './testing/histories.ts';
import type { EventType, Operation } from './history.ts';
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
  {
    model: 'register',
    asked: [
      ['read', null],
      ['write', 1],
      ['write', 2],
      ['read', null],
      ['write', 3],
    ],
    told: (f, input, draw) => (f === 'read' ? pick([null, 1, 2, 3], draw) : input),
  },
  {
    model: 'cas-register',
    asked: [
      ['read', null],
      ['write', 1],
      ['cas', [1, 2]],
      ['cas', [2, 1]],
      ['cas', [2, 3]],
      ['write', 2],
    ],
    told: (f, input, draw) => (f === 'read' ? pick([null, 1, 2, 3], draw) : input),
  },
  {
    model: 'mutex',
    asked: [
      ['acquire', null],
      ['release', null],
    ],
    told: () => null,
  },
  {
    model: 'owner-mutex',
    asked: [
      ['acquire', null],
      ['release', null],
    ],
    told: () => null,
  },
  {
    model: 'fenced-mutex',
    asked: [
      ['acquire', null],
      ['release', null],
    ],
    told: (f, _input, draw) => (f === 'acquire' ? (draw % 4) + 1 : null),
  },
  {
    model: 'set',
    asked: [
      ['add', 1],
      ['add', 2],
      ['read', null],
      ['add', 3],
      ['read', null],
    ],
    told: (f, input, draw) => (f === 'read' ? pick(subsets, draw) : input),
  },
  {
    model: 'unordered-queue',
    asked: [
      ['enqueue', 1],
      ['dequeue', null],
      ['enqueue', 2],
      ['dequeue', null],
    ],
    told: (f, input, draw) => (f === 'dequeue' ? (draw % 2) + 1 : input),
  },
  {
    model: 'fifo-queue',
    asked: [
      ['enqueue', 1],
      ['dequeue', null],
      ['enqueue', 2],
      ['dequeue', null],
      ['enqueue', 3],
      ['enqueue', 4],
      ['dequeue', null],
    ],
    told: (f, input, draw) => (f === 'dequeue' ? (draw % 4) + 1 : input),
  },
  {
    model: 'multi-register',
    asked: [
      ['txn', [[{ key: 'r' }, 1, null]]],
      ['txn', [[{ key: 'w' }, 1, 1]]],
      [
        'txn',
        [
          [{ key: 'r' }, 1, null],
          [{ key: 'w' }, 2, 1],
        ],
      ],
      [
        'txn',
        [
          [{ key: 'w' }, 1, 2],
          [{ key: 'r' }, 2, null],
        ],
      ],
    ],
    told: (_f, input, draw) =>
      (input as readonly (readonly Value[])[]).map(([what = null, key = null, value = null], at) => [
        what,
        key,
        value ?? pick([null, 1, 2], draw >> at),
      ]),
  },
];

const PROCESSES = 4;
/** Answers are likelier than doubts. */
const ENDS: readonly EventType[] = ['ok', 'ok', 'ok', 'ok', 'info', 'fail'];

/** Each draw lets one process ask or be told; who was told nothing goes on as another. */
function linesOf(
  { asked, told }: Drawing,
  draws: readonly (readonly [who: number, what: number, end: number])[],
): readonly Line[] {
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
    const draws = fc.array(fc.tuple(fc.nat({ max: PROCESSES - 1 }), fc.nat({ max: 99 }), fc.nat({ max: 5 })), {
      minLength: 2,
      maxLength: 18,
    });
    fc.assert(
      fc.property(draws, (drawn) => {
        const operations = historyOf(linesOf(drawing, drawn));
        const expected = hasAnOrder(operations, drawing.model);
        seen[expected ? 'valid' : 'invalid']++;
        expect(judge(operations, drawing.model).valid).toBe(expected);
      }),
      { numRuns: 600 },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(20);
  });
});

const real: readonly (readonly [model: string, object: () => RealObject, clients: number, operations: number])[] = [
  ['register', () => registerWith(5), 30, 300],
  ['register', () => registerWith(1_000_000), 30, 300],
  ['cas-register', () => casRegisterWith(4), 12, 300],
  ['set', growingSet, 6, 200],
  ['unordered-queue', queue, 10, 300],
  ['fifo-queue', queue, 3, 40],
];

describe.each(real)('%s: clients of a real one', (model, object, clients, count) => {
  test('see what has an order, whatever was answered to whom', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const operations = historyOfUse(object(), { seed, operations: count, clients, unansweredPercent: seed % 2 });
      expect(judge(operations, model).valid).toBe(true);
    }
  });

  test('and one answer that is a lie is caught', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const operations = historyOfUse(object(), { seed, operations: count, clients });
      const told = operations.filter(({ f }) => f === 'read' || f === 'dequeue');
      const liar = told.at(-3) as Operation;
      // A value that was never there, an element that was lost, or one that came out before.
      liar.output =
        liar.f === 'dequeue' ? (told.at(1)?.output ?? null) : Array.isArray(liar.output) ? (liar.output as Value[]).slice(1) : -1;
      const verdict = judge(operations, model);
      expect(verdict.valid).toBe(false);
      if (verdict.valid === false && model !== 'unordered-queue') expect(verdict.refutation.operation).toBe(liar);
    }
  });
});

const liars: readonly (readonly [model: string, object: () => RealObject, lies: readonly Value[]])[] = [
  ['register', () => registerWith(3), [null, 0, 1, 2]],
  ['register', () => registerWith(1_000), [null, 0]],
  ['cas-register', () => casRegisterWith(3), [null, 0, 1, 2]],
  ['unordered-queue', queue, [0, 1, 2, 3, 4]],
  ['fifo-queue', queue, [0, 1, 2, 3, 4]],
];

test.each(liars)('%s: where one or two answers may be lies, the verdict is that of trying every order', (model, object, lies) => {
  const seen = { valid: 0, invalid: 0 };
  const lie = fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 99 }));
  fc.assert(
    fc.property(
      fc.nat({ max: 1_000_000 }),
      fc.integer({ min: 2, max: 5 }),
      fc.constantFrom(0, 10, 30),
      fc.array(lie, { maxLength: 2 }),
      (seed, clients, unansweredPercent, told) => {
        const operations = historyOfUse(object(), { seed, operations: 11, clients, unansweredPercent });
        const answers = operations.filter(({ f, status }) => (f === 'read' || f === 'dequeue') && status === 'ok');
        for (const [who, what] of told)
          if (answers.length > 0) pick(answers, who).output = pick([...lies, ...answers.map(({ output }) => output)], what);
        const expected = hasAnOrder(operations, model);
        seen[expected ? 'valid' : 'invalid']++;
        expect(judge(operations, model).valid).toBe(expected);
      },
    ),
    { numRuns: 1_500 },
  );
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(100);
});

describe('a history of registers', () => {
  test('is not given up for one in which what was open was overwritten earlier', () => {
    expect(judge(historyOfUse(registerWith(3), { seed: 769_573, operations: 14, clients: 3 }), 'register').valid).toBe(true);
  });

  test('an unanswered write may take effect long after it was asked for, and need not', () => {
    const begin: readonly Line[] = [
      [9, 'invoke', 'write', 5],
      [9, 'info', 'write', 5],
      [0, 'invoke', 'write', 1],
      [0, 'ok', 'write', 1],
    ];
    const read = (value: Value): readonly Line[] => [
      [0, 'invoke', 'read'],
      [0, 'ok', 'read', value],
    ];
    expect(judge(historyOf([...begin, ...read(1)]), 'register').valid).toBe(true);
    expect(judge(historyOf([...begin, ...read(1), ...read(5)]), 'register').valid).toBe(true);
    expect(judge(historyOf([...begin, ...read(5), ...read(1)]), 'register').valid).toBe(false);
  });

  test('an unanswered write of what was there in the beginning need not have happened for that to be read', () => {
    const lines: readonly Line[] = [
      [1, 'invoke', 'write', null],
      [0, 'invoke', 'read'],
      [0, 'ok', 'read', null],
      [0, 'invoke', 'write', 1],
      [0, 'ok', 'write', 1],
    ];
    expect(judge(historyOf([...lines, [0, 'invoke', 'read'], [0, 'ok', 'read', 1]]), 'register').valid).toBe(true);
    expect(judge(historyOf([...lines, [0, 'invoke', 'read'], [0, 'ok', 'read', null]]), 'register').valid).toBe(true);
  });

  test('an unanswered write that somebody has read is held to that', () => {
    const lines: readonly Line[] = [
      [1, 'invoke', 'write', 7],
      [0, 'invoke', 'write', 1],
      [0, 'ok', 'write', 1],
      [2, 'invoke', 'read'],
      [2, 'ok', 'read', 7],
      [2, 'invoke', 'read'],
      [2, 'ok', 'read', 1],
    ];
    expect(judge(historyOf(lines), 'register').valid).toBe(false);
  });

  test('a write that was refused is never read', () => {
    const lines: readonly Line[] = [
      [0, 'invoke', 'write', 5],
      [1, 'invoke', 'read'],
      [1, 'ok', 'read', 5],
      [0, 'fail', 'write', 5],
    ];
    expect(judge(historyOf(lines), 'register').valid).toBe(false);
  });

  test('a write that nobody ever saw, and reads that saw it while it was covered by another', () => {
    const lines: readonly Line[] = [
      [0, 'invoke', 'write', 1],
      [1, 'invoke', 'write', 2],
      [2, 'invoke', 'read'],
      [1, 'ok', 'write', 2],
      [3, 'invoke', 'read'],
      [3, 'ok', 'read', 2],
      [0, 'ok', 'write', 1],
    ];
    expect(
      judge(historyOf([...lines, [2, 'ok', 'read', 1], [3, 'invoke', 'read'], [3, 'ok', 'read', 2]]), 'register').valid,
    ).toBe(true);
    // Who asked after 2 was read cannot have seen 1 before 2.
    const late: readonly Line[] = [
      [4, 'invoke', 'read'],
      [4, 'ok', 'read', 1],
      [3, 'invoke', 'read'],
      [3, 'ok', 'read', 2],
    ];
    expect(judge(historyOf([...lines, ...late]), 'register').valid).toBe(false);
  });

  test('is judged key by key', () => {
    const at = (process: number, key: Value, value: Value): readonly Line[] => [
      [process, 'invoke', 'write', [key, value]],
      [process, 'ok', 'write', [key, value]],
    ];
    const read = (process: number, key: Value, value: Value): readonly Line[] => [
      [process, 'invoke', 'read', [key, null]],
      [process, 'ok', 'read', [key, value]],
    ];
    expect(
      judge(historyOf([...at(0, 'x', 1), ...at(1, 'y', 2), ...read(0, 'y', 2), ...read(1, 'x', 1)]), 'register', { keyed: true }),
    ).toEqual({ valid: true, objects: 2 });
    const stale = judge(historyOf([...at(0, 'x', 1), ...at(1, 'y', 2), ...read(0, 'y', 1)]), 'register', { keyed: true });
    expect(stale).toMatchObject({ valid: false, refutation: { key: '"y"', states: ['2'] } });
  });

  test('a read may tell its key with its answer alone, and a key that was not asked for is refused', () => {
    const write: readonly Line[] = [
      [0, 'invoke', 'write', ['x', 1]],
      [0, 'ok', 'write', ['x', 1]],
      [1, 'invoke', 'read'],
      [2, 'invoke', 'read'],
    ];
    expect(judge(historyOf([...write, [1, 'ok', 'read', ['x', 2]]]), 'register', { keyed: true })).toMatchObject({
      valid: false,
      refutation: { key: '"x"' },
    });
    const other: readonly Line[] = [
      [0, 'invoke', 'write', ['x', 1]],
      [0, 'ok', 'write', ['y', 1]],
    ];
    expect(() => judge(historyOf(other), 'register', { keyed: true })).toThrow(
      'write is told of "y", but was asked for "x" in line 1',
    );
  });

  test('that is not keyed is refused where keys are asked for', () => {
    expect(() => judge(historyOf([[0, 'invoke', 'write', 1]]), 'register', { keyed: true })).toThrow(
      'write 1: should carry [key value], since --keyed was asked for',
    );
  });
});

test('txns that share no key are objects of their own', () => {
  const txn = (process: number, ...micros: readonly Value[]): readonly Line[] => [
    [process, 'invoke', 'txn', micros],
    [process, 'ok', 'txn', micros],
  ];
  const w = (key: Value, value: Value): Value => [{ key: 'w' }, key, value];
  expect(
    judge(historyOf([...txn(0, w('a', 1), w('b', 1)), ...txn(1, w('c', 1)), ...txn(0, w('b', 2), w('d', 1))]), 'multi-register'),
  ).toEqual({ valid: true, objects: 2 });
});

test('a refutation names the first operation that has no place, what was there before it, and who was at it', () => {
  const lines: readonly Line[] = [
    [0, 'invoke', 'write', 1],
    [0, 'ok', 'write', 1],
    [1, 'invoke', 'write', 2],
    [2, 'invoke', 'read'],
    [3, 'invoke', 'write', 4],
    [3, 'info', 'write', 4],
    [2, 'ok', 'read', 3],
    [1, 'ok', 'write', 2],
    [0, 'invoke', 'read'],
    [0, 'ok', 'read', 4],
    [4, 'invoke', 'write', 4],
    [0, 'invoke', 'read'],
    [0, 'ok', 'read', 9],
  ];
  const verdict = judge(historyOf(lines), 'register');
  expect(verdict).toMatchObject({
    valid: false,
    objects: 1,
    refutation: {
      key: null,
      operation: { f: 'read', output: 3, invokedLine: 4, returnedLine: 7 },
      states: ['1'],
      concurrent: [{ f: 'write', input: 2 }],
      unanswered: [{ f: 'write', input: 4 }],
    },
  });
});

import { describe, expect, test } from 'vitest';
import { describeOperation, HistoryBuilder, HistoryError } from './history.ts';
import { historyOf, type Line } from './testing/histories.ts';

describe('a history', () => {
  test('what failed did not happen, what was not answered may have', () => {
    const operations = historyOf([
      [0, 'invoke', 'write', 1],
      [1, 'invoke', 'write', 2],
      [2, 'invoke', 'write', 3],
      [3, 'invoke', 'write', 4],
      [0, 'ok', 'write', 1],
      [1, 'fail', 'write', 2],
      [2, 'info', 'write', 3],
    ]);
    expect(operations.map(({ input, status, returnedLine }) => [input, status, returnedLine])).toEqual([
      [1, 'ok', 5],
      [3, 'info', 7],
      [4, 'info', null],
    ]);
  });

  test('an operation ends where its line stands, and one without an answer never does', () => {
    const [first, second] = historyOf([
      [0, 'invoke', 'read'],
      [1, 'invoke', 'read'],
      [1, 'ok', 'read', 7],
      [0, 'info', 'read'],
    ]);
    expect(second).toMatchObject({ invokedAt: 1, returnedAt: 2, output: 7 });
    expect(first?.returnedAt).toBe(Infinity);
  });

  test('who is no number asks nothing of the system', () => {
    const builder = new HistoryBuilder();
    for (const type of ['info', 'info'] as const)
      builder.add({ type, process: { key: 'nemesis' }, f: 'start', value: null, line: 1 });
    expect(builder.finish()).toEqual([]);
  });

  test('operations are told as they would be asked for', () => {
    const operations = historyOf([
      [0, 'invoke', 'read'],
      [0, 'ok', 'read', 3],
      [0, 'invoke', 'write', 4],
      [0, 'ok', 'write', 4],
      [1, 'invoke', 'cas', [1, 2]],
    ]);
    expect(operations.map(describeOperation)).toEqual(['read → 3', 'write 4', 'cas [1 2]']);
  });
});

test.each<[string, readonly Line[], number, string]>([
  [
    'asks twice at once',
    [
      [0, 'invoke', 'read'],
      [0, 'invoke', 'write', 1],
    ],
    2,
    'process 0 asks for write before its read of line 1 has ended; a process has one operation at a time',
  ],
  [
    'goes on after :info',
    [
      [0, 'invoke', 'read'],
      [0, 'info', 'read'],
      [0, 'invoke', 'read'],
    ],
    3,
    'process 0 goes on although nobody knows what became of its read of line 1; after :info a client takes a new process number',
  ],
  [
    'is told of nothing that it asked',
    [[3, 'ok', 'read', 1]],
    1,
    'process 3 is told :ok of read, but has asked for nothing; every :ok needs an :invoke of the same process before it',
  ],
  [
    'is told twice',
    [
      [0, 'invoke', 'read'],
      [0, 'ok', 'read'],
      [0, 'ok', 'read'],
    ],
    3,
    'process 0 is told :ok of read, but has asked for nothing; every :ok needs an :invoke of the same process before it',
  ],
  [
    'is told of something else',
    [
      [0, 'invoke', 'read'],
      [0, 'ok', 'write', 1],
    ],
    2,
    'process 0 is told of write, but asked for read in line 1',
  ],
])('a process that %s is refused with its line', (_, lines, line, message) => {
  expect(() => historyOf(lines)).toThrow(new HistoryError(line, message));
});

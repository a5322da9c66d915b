import { describe, expect, test } from 'vitest';
import { HistoryBuilder, type HistoryEvent } from '../../replay/check/history.ts';
import { ednOf } from '../../replay/export/edn.ts';
import { textOf } from '../../replay/check/value.ts';
import type { Operation } from '../../sim/index.ts';
import { EventError, EventReader } from './event-reader.ts';

function read(text: string): readonly HistoryEvent[] {
  const reader = new EventReader();
  const events = text.split('\n').flatMap((line) => [...reader.next(line)]);
  reader.end();
  return events;
}

const invoke = '{:index 0, :time 3, :type :invoke, :process 0, :f :read, :value nil}';
const ok = '{:type :ok :process 0 :f :read :value [1 2] :error "none"}';
const both = [
  { type: 'invoke', process: 0, f: 'read', value: null },
  { type: 'ok', process: 0, f: 'read', value: [1, 2] },
];

describe('a history', () => {
  test.each([
    ['has a map on each line', `${invoke}\n${ok}\n`, [1, 2]],
    ['may have empty lines and comments', `; made by hand\n\n${invoke} ; asked\n${ok}`, [3, 4]],
    ['may stand in one vector', `[${invoke}\n ${ok}]\n`, [1, 2]],
    ['or in one list', `(${invoke} ${ok})`, [1, 1]],
    ['may have events over several lines', `[\n{:type :invoke,\n :process 0, :f :read}\n${ok}\n]`, [2, 4]],
    ['may have tagged events', `#jepsen.history.Op${invoke}\n#jepsen.history.Op${ok}`, [1, 2]],
  ])('%s', (_, text, lines) => {
    const events = read(text);
    expect(events).toMatchObject(both);
    expect(events.map(({ line }) => line)).toEqual(lines);
  });

  test('whoever is no client needs no :f', () => {
    expect(read('{:type :info, :process :nemesis, :value nil}')).toMatchObject([{ type: 'info', process: { key: 'nemesis' } }]);
  });

  test.each<[what: string, text: string, line: number, column: number, message: string]>([
    [
      'something else than an event',
      `${invoke}\n 17`,
      2,
      2,
      'should be an event, such as {:type :invoke, :process 0, :f :read, :value nil}',
    ],
    ['an unknown type', '{:type :done, :process 0, :f :read}', 1, 1, ':type :done: should be :invoke, :ok, :fail or :info'],
    ['no type', '{:process 0, :f :read}', 1, 1, ':type is missing'],
    ['no process', '{:type :ok, :f :read}', 1, 1, ':process is missing'],
    ['nothing that was asked', '{:type :ok, :process 1}', 1, 1, ':f is missing'],
    ['brackets that do not fit', `${invoke}\n{:type :ok, :value [1 }`, 2, 23, '} stands where ] should close what [ opened'],
    [
      'brackets that do not fit, lines later',
      `{:type :ok,\n :value\n  [1 }`,
      3,
      6,
      '} stands where ] should close what [ opened',
    ],
    ['an end in the middle', `${invoke}\n{:type :ok, :process 0`, 2, 1, 'this { is not closed'],
    [
      'a vector that is not closed',
      `[${invoke}\n${ok}`,
      2,
      1,
      'the file ends before the ] that closes the history (was it copied whole?)',
    ],
    ['something behind its end', `[${invoke}]\n${ok}`, 2, 1, 'the history has been closed before'],
  ])('with %s is refused with line and column', (_, text, line, column, message) => {
    expect(() => read(text)).toThrow(EventError);
    expect(() => read(text)).toThrow(expect.objectContaining({ line, column, message }));
  });

  test('a bracket that is never closed is not looked for in all of a long file', () => {
    const reader = new EventReader();
    expect(() => {
      for (let line = 0; line < 5_000; line++) for (const _ of reader.next(line === 7 ? '{:type :ok, :value {' : invoke));
    }).toThrow(expect.objectContaining({ line: 8, column: 20, message: 'this { is not closed' }));
  });
});

test('what is exported is read again as it was', () => {
  const client = { name: 'store/put', invokedUs: 0, returnedUs: 9, id: 0 };
  const operations: readonly Operation[] = [
    {
      ...client,
      id: 0,
      client: 'a',
      input: { key: 'k"\\1', value: null },
      invokedStep: 1,
      returnedStep: 4,
      status: 'ok',
      output: [1, { deep: true }],
    },
    { ...client, id: 1, client: 'a', input: 'x', invokedStep: 2, returnedStep: 3, status: 'info', output: 'deadline' },
    { ...client, id: 2, client: 'b', input: 1.5, invokedStep: 5, returnedStep: 6, status: 'fail', output: 'no' },
    { ...client, id: 3, client: 'a', input: -7, invokedStep: 7, returnedStep: -1, status: 'pending', output: undefined },
  ];
  const builder = new HistoryBuilder();
  for (const event of read(ednOf(operations))) builder.add(event);
  expect(builder.finish().map(({ f, input, output, status }) => [f, textOf(input), textOf(output), status])).toEqual([
    ['store/put', '{:key "k\\"\\\\1", :value nil}', '[1 {:deep true}]', 'ok'],
    ['store/put', '"x"', 'nil', 'info'],
    ['store/put', '-7', 'nil', 'info'],
  ]);
});

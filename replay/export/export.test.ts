import { expect, test } from 'vitest';
import { kind, ms, seconds } from '../../sim/index.ts';
import { tinyRun } from '../../sim/testing/tiny-world.ts';
import { edn, ednOf } from './edn.ts';
import { perfettoOf } from './perfetto.ts';
import { shivizOf } from './shiviz.ts';
import { traceOf, type Trace } from './trace.ts';

const hello = kind<{ readonly n: number }>('test/hello', { describe: ({ n }) => `hello ${n}` });

/** One process greets another, and clients do five operations, each of which ends in a way of its own or not at all. */
function trace(): Trace {
  const run = tinyRun({
    programs: {
      a: (os) => ({ start: () => os.send('b', hello, { n: 1 }) }),
      b: () => ({ receive: () => undefined }),
    },
    faults: [
      { at: seconds(1), do: 'pause', target: 'b', for: seconds(2) },
      { at: seconds(4), do: 'reset', target: 'a' },
      { at: seconds(5), do: 'slow', target: 'a', factor: 2 },
    ],
  });
  const written = traceOf(run);
  const { history } = run;
  const first = history.invoke('client-1', 'put', { key: 'k', value: 1 });
  const other = history.invoke('client-2', 'get', { key: 'k' });
  run.advance(1);
  history.settle(first, 'info', 'deadline');
  history.settle(other, 'ok', { value: null });
  history.settle(history.invoke('client-1', 'put', { key: 'k', value: 2 }), 'fail', 'conflict');
  history.invoke('client-1', 'put', { key: 'k', value: 3 });
  history.invoke('client-1', 'store/get', { key: 'k' });
  run.advance();
  return written();
}

test('a trace has every step with whom it happens to and what gave rise to it, and each fault with its end', () => {
  const { steps, faults, processes } = trace();
  expect(processes).toEqual(['a', 'b']);
  const greeting = steps.find(({ kind: what }) => what === 'test/hello');
  expect(greeting).toMatchObject({ process: 'b', text: 'hello 1 from a' });
  expect(steps.find(({ id }) => id === greeting?.cause)?.process).toBe('a');
  expect(faults.map(({ fromUs, untilUs }) => [fromUs / 1e6, untilUs / 1e6])).toEqual([
    [1, 3],
    [4, 4],
    [5, 9],
  ]);
});

test('perfetto: a track for each process, an arrow for what one brings about at another, and operations from asking to answer', () => {
  const { traceEvents } = JSON.parse(perfettoOf(trace())) as { readonly traceEvents: readonly Record<string, unknown>[] };
  const pidOf = (name: string): unknown =>
    traceEvents.find(({ ph, args }) => ph === 'M' && (args as { readonly name: string }).name === name)?.['pid'];
  const step = traceEvents.find(({ name, cat }) => cat === 'step' && name === 'test/hello');
  expect(step).toMatchObject({ ph: 'X', pid: pidOf('b') });
  const arrow = traceEvents.filter(({ cat, name }) => cat === 'message' && name === 'test/hello');
  expect(arrow.map(({ ph, pid }) => [ph, pid])).toEqual([
    ['s', pidOf('a')],
    ['f', pidOf('b')],
  ]);
  expect(arrow[1]?.['ts']).toBe(step?.['ts']);
  expect(new Set([pidOf('a'), pidOf('b'), pidOf('faults'), pidOf('client-1'), pidOf('client-2')]).size).toBe(5);
  expect(traceEvents.filter(({ cat, ph }) => cat === 'operation' && ph === 'b')).toHaveLength(5);
  expect(traceEvents.filter(({ cat, ph }) => cat === 'operation' && ph === 'e')).toHaveLength(3);
  expect(traceEvents.find(({ cat }) => cat === 'fault')).toMatchObject({
    name: 'pause b for 2.000000 s',
    ts: seconds(1),
    dur: seconds(2),
  });
});

test('shiviz: the clock of a process counts its own entries, and knows of the others what they knew when they sent', () => {
  const step = (id: number, cause: number, process: string, text: string) => ({
    id,
    cause,
    timeUs: id,
    process,
    kind: 'k',
    text,
  });
  const steps = [
    step(1, 0, 'a', 'starts'),
    step(2, 1, 'a', 'a timer of its own'),
    step(3, 2, 'b', 'hears of a'),
    step(4, 0, 'c', 'starts\nanew'),
    step(5, 4, 'b', 'hears of c'),
    step(6, 3, 'a', 'hears of b as it was before'),
  ];
  expect(
    shivizOf({ ...trace(), steps })
      .trimEnd()
      .split('\n'),
  ).toEqual([
    'a {"a":1}',
    'starts',
    'b {"a":1,"b":1}',
    'hears of a',
    'c {"c":1}',
    'starts anew',
    'b {"a":1,"b":2,"c":1}',
    'hears of c',
    'a {"a":2,"b":1}',
    'hears of b as it was before',
  ]);
});

test('edn: a process has one operation at a time and goes on as another when the outcome of one is not known; what has no answer has none', () => {
  const lines = ednOf(trace().operations)
    .trimEnd()
    .split('\n')
    .map((line) =>
      /:index (\d+), :type :(\w+), :process (\d+), :client "([^"]+)", :f (\S+), :value (.*), :time \d+}$/
        .exec(line)
        ?.slice(1)
        .join(' | '),
    );
  expect(lines).toEqual([
    '0 | invoke | 0 | client-1 | :put | {:key "k", :value 1}',
    '1 | invoke | 1 | client-2 | :get | {:key "k"}',
    '2 | info | 0 | client-1 | :put | "deadline"',
    '3 | ok | 1 | client-2 | :get | {:value nil}',
    '4 | invoke | 2 | client-1 | :put | {:key "k", :value 2}',
    '5 | fail | 2 | client-1 | :put | "conflict"',
    '6 | invoke | 2 | client-1 | :put | {:key "k", :value 3}',
    '7 | invoke | 3 | client-1 | :store/get | {:key "k"}',
  ]);
});

test('edn has its own words for some things', () => {
  expect(edn({ 'a b': [1, true, null, undefined], c: 'x\by"\\b' })).toBe('{"a b" [1 true nil nil], :c "x\\u0008y\\"\\\\b"}');
  expect(() => edn(() => ms(1))).toThrow(TypeError);
});

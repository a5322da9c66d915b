import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

function history(name: string, ...lines: readonly string[]): string {
  return place.write(name, lines.map((line) => `${line}\n`).join(''));
}

const event = (type: string, process: number, f: string, value = 'nil'): string =>
  `{:type :${type}, :process ${process}, :f :${f}, :value ${value}}`;
const did = (process: number, f: string, value: string): readonly string[] => [
  event('invoke', process, f, f === 'read' ? 'nil' : value),
  event('ok', process, f, value),
];

const fresh = history('fresh.edn', ...did(0, 'write', '1'), ...did(0, 'write', '2'), ...did(1, 'read', '2'));
const stale = history(
  'stale.edn',
  ...did(0, 'write', '1'),
  ...did(0, 'write', '2'),
  event('invoke', 2, 'write', '3'),
  ...did(1, 'read', '1'),
  event('ok', 2, 'write', '3'),
);
/** Nobody was told what came of any compare-and-set, and there are too many ways to come by what was read. */
const values = ['0', '1', '2', '3', '4', '5', '6', '7'];
const hard = history(
  'hard.edn',
  ...did(0, 'write', '0'),
  ...values
    .flatMap((from) => values.filter((to) => to !== from).map((to) => `[${from} ${to}]`))
    .map((pair, at) => event('invoke', 100 + at, 'cas', pair)),
  ...Array.from({ length: 20 }, (_, at) => did(0, 'read', at % 2 === 0 ? '1' : '0')).flat(),
);

test('a history in which all that was told is true is valid, and nothing else is said', async () => {
  const { stdout, stderr, status } = await place.quorate('check', fresh, '--model', 'register');
  expect(stdout).toMatch(/^fresh\.edn: valid: 3 operations on one register in \d+\.\d\d s\n$/);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('one with a stale read is not, and it says which read, what was there and who was at it', async () => {
  const { stdout, status } = await place.quorate('check', fresh, stale, '--model', 'register');
  expect(status).toBe(1);
  expect(stdout.split('\n').slice(1)).toEqual([
    expect.stringMatching(/^stale\.edn: invalid: 4 operations on one register in /),
    '  ✗ read → 1 by process 1 (asked in line 6, answered in line 7) fits in no order with what came before',
    '    until then the state was 2',
    '    open at the same time: write 3 by process 2 (line 5)',
    '',
  ]);
});

test('one for which no order was found in time is unknown, and says how far it came', async () => {
  const { stdout, status } = await place.quorate('check', hard, '--model', 'cas-register', '--budget', '300ms');
  expect(status).toBe(4);
  expect(stdout).toContain('hard.edn: unknown: 77 operations on one cas-register');
  expect(stdout).toContain('  0.3 s were not enough (--budget); 0 of 1 decided\n  no order was found so far that goes beyond ');
});

test('--json is one array, with the verdict of each and what proves it', async () => {
  const { stdout, status } = await place.quorate('check', fresh, stale, '--model', 'register', '--json');
  expect(status).toBe(1);
  const write = { process: 2, f: 'write', input: '3', output: '3', invoked: 5, returned: 8 };
  const [first, second] = JSON.parse(stdout) as readonly { readonly millis: number }[];
  expect([typeof first?.millis, typeof second?.millis]).toEqual(['number', 'number']);
  expect([
    { ...first, millis: 0 },
    { ...second, millis: 0 },
  ]).toEqual([
    { file: 'fresh.edn', valid: true, operations: 3, millis: 0, model: 'register', objects: 1 },
    {
      file: 'stale.edn',
      valid: false,
      operations: 4,
      millis: 0,
      model: 'register',
      objects: 1,
      key: null,
      operation: { process: 1, f: 'read', input: 'nil', output: '1', invoked: 6, returned: 7 },
      foreseen: false,
      states: ['2'],
      concurrent: [write],
      unanswered: [],
    },
  ]);
  const unknown = await place.quorate('check', hard, '--model', 'cas-register', '--budget', '100ms', '--json');
  expect(unknown.status).toBe(4);
  expect(JSON.parse(unknown.stdout)).toMatchObject([{ file: 'hard.edn', valid: 'unknown', decided: 0, objects: 1 }]);
});

test('each key is an object of its own where that is asked for; a folder of Jepsen stands for its history', async () => {
  mkdirSync(join(place.path, 'run'));
  history(
    'run/history.edn',
    ...did(0, 'write', '[:x 1]'),
    ...did(1, 'write', '[:y 2]'),
    ...did(0, 'read', '[:y 2]'),
    ...did(1, 'read', '[:x 0]'),
  );
  const { stdout, status } = await place.quorate('check', 'run', '--model', 'cas-register', '--keyed');
  expect(status).toBe(1);
  expect(stdout).toContain('run/history.edn: invalid: 4 operations on 2 cas-registers');
  expect(stdout).toContain('✗ read → [:x 0] by process 1');
});

test('what registers hold in the beginning can be said', async () => {
  const name = history('begins.edn', ...did(0, 'read', '0'));
  expect(await place.quorate('check', name, '--model', 'register')).toMatchObject({ status: 1 });
  expect(await place.quorate('check', name, '--model', 'register', '--initial', '0')).toMatchObject({ status: 0 });
});

describe('what is no history is one line with its place', () => {
  test.each<[what: string, lines: readonly string[], message: string]>([
    ['no EDN', [...did(0, 'write', '1'), '{:type :ok, :value [1 }'], 'bad.edn:3:23: } stands where ] should close what [ opened'],
    ['cut off', [...did(0, 'write', '1'), '{:type :ok, :process'], 'bad.edn:3:1: this { is not closed'],
    ['nothing at all', [], "bad.edn: has no event in it; a history is a map on each line, as in Jepsen's history.edn"],
    [
      'two operations of one process',
      [event('invoke', 0, 'read'), event('invoke', 0, 'read')],
      'bad.edn:2: process 0 asks for read before its read of line 1 has ended; a process has one operation at a time',
    ],
    [
      'an answer to nothing',
      [event('ok', 0, 'read')],
      'bad.edn:1: process 0 is told :ok of read, but has asked for nothing; every :ok needs an :invoke of the same process before it',
    ],
    [
      'an unknown operation',
      did(0, 'boil', '1'),
      'bad.edn:1: boil: the model register has no such operation; it has read, write VALUE',
    ],
  ])('%s', async (_, lines, message) => {
    const { stdout, stderr, status } = await place.quorate('check', history('bad.edn', ...lines), '--model', 'register');
    expect(status).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toBe(`quorate: ${message}\n`);
  });

  test('values that are not keyed', async () => {
    const { stderr, status } = await place.quorate('check', fresh, '--model', 'register', '--keyed');
    expect(status).toBe(64);
    expect(stderr).toBe('quorate: fresh.edn:1: write 1: should carry [key value], since --keyed was asked for\n');
  });

  test('what was judged before it stays', async () => {
    const { stdout, status } = await place.quorate('check', fresh, history('bad.edn', '17'), '--model', 'register', '--json');
    expect(status).toBe(64);
    expect(JSON.parse(stdout)).toMatchObject([{ file: 'fresh.edn', valid: true }]);
  });
});

test.each([
  [['missing.edn', '--model', 'register'], 'missing.edn: there is no such file'],
  [
    ['.', '--model', 'register'],
    '.: is a folder without a history.edn; name the file, or the folder of one run (store/NAME/TIME)',
  ],
  [
    [fresh, '--model', 'regster'],
    '--model: no model is called "regster"; did you mean "register"? (register, cas-register, multi-register, mutex, owner-mutex, fenced-mutex, set, unordered-queue, fifo-queue)',
  ],
  [
    [fresh, '--model', 'register', '--budget', 'soon'],
    '--budget soon: should be a time with its unit, such as 2s or 300ms (us, ms, s, m, h)',
  ],
  [
    [fresh, '--model', 'register', '--initial', '[1'],
    '--initial [1: should be a value in EDN, such as 0 or nil (this [ is not closed)',
  ],
  [[fresh], "required option '--model <name>' not specified (quorate check --help)"],
])('quorate check %j is refused in one line', async (args, message) => {
  const { stdout, stderr, status } = await place.quorate('check', ...args);
  expect(status).toBe(64);
  expect(stdout).toBe('');
  expect(stderr).toBe(`quorate: ${message}\n`);
});

test('interrupted, it keeps what it has judged', async () => {
  const began = Date.now();
  const interrupted = await quorate(['check', fresh, hard, '--model', 'cas-register', '--json'], {
    cwd: place.path,
    interruptWhen: () => Date.now() - began > 3_000,
  });
  expect(interrupted.status).toBe(130);
  expect(interrupted.complaints).toBe('quorate: interrupted: 1 of 2 histories judged\n');
  expect(JSON.parse(interrupted.stdout)).toMatchObject([{ file: 'fresh.edn', valid: true }]);
});

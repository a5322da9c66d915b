import { expect, test } from 'vitest';
import { createRun, kind, ms, seconds, type Fault, type Observer, type Os } from '../index.ts';
import { tinyRun } from '../testing/tiny-world.ts';

const tick = kind<null>('test/tick');

/** Writes long records without a sync, so that a loss of power tears some of them. */
const writer = (os: Os) => ({
  start() {
    if (os.incarnation > 1) os.disk.read('log', (records) => os.history.invoke(os.name, 'read', records));
    else for (let at = 0; at < 8; at++) os.disk.append('log', `record ${at}`, 4_000);
  },
});

test('observers are told of records that survive a loss of power, and not of one that it tore', () => {
  let torn = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const told: unknown[] = [];
    const observer: Observer = { durable: (_process, _file, _first, records) => void told.push(...records) };
    const run = createRun({
      seed,
      topology: {
        regions: ['r'],
        latency: [[{ baseUs: 100, jitterUs: 10 }]],
        bandwidthMbps: 0,
        queueUs: 0,
        keepaliveUs: ms(100),
        retransmitUs: ms(10),
      },
      build: (world) => world.process({ name: 'writer', region: 'r', boot: writer }),
      faults: [{ do: 'crash', target: 'writer', at: ms(1), for: ms(1) }],
      properties: [],
      healAtUs: ms(10),
      endUs: ms(20),
    });
    run.observe(observer);
    run.advance();
    const records = run.history.operations[0]!.input as readonly { readonly ok: boolean; readonly value?: unknown }[];
    expect(records.filter(({ ok }) => ok).map(({ value }) => value)).toEqual(told);
    torn += records.filter(({ ok }) => !ok).length;
  }
  expect(torn).toBeGreaterThan(5);
});

/** Appends three records at 1 ms, syncs the first two, and reads everything in each later incarnation. */
function loggedRun(faults: readonly Fault[], seed = 1): { reads: unknown[][]; synced: number[]; durable: unknown[] } {
  const reads: unknown[][] = [];
  const synced: number[] = [];
  const durable: unknown[] = [];
  const run = tinyRun({
    seed,
    faults,
    programs: {
      a: (os) => ({
        start() {
          if (os.incarnation > 1) {
            os.disk.read(
              'log',
              (records, error) =>
                void reads.push(error === null ? records.map((record) => (record.ok ? record.value : 'bad')) : [error]),
            );
            return;
          }
          os.disk.append('log', 'one', 100);
          os.disk.append('log', 'two', 100);
          os.disk.fsync('log', () => void synced.push(os.monotonicUs()));
          os.disk.append('log', 'three', 100);
        },
      }),
    },
  });
  run.observe({ durable: (_process, _file, first, records) => void durable.push([first, ...records]) });
  expect(run.advance()).toBe('ok');
  return { reads, synced, durable };
}

test('a kill keeps what was written, synced or not; a loss of power only what was synced and a prefix of the rest', () => {
  expect(loggedRun([{ do: 'kill', target: 'a', at: ms(100), for: ms(10) }]).reads).toEqual([['one', 'two', 'three']]);
  const after = new Set(
    Array.from({ length: 20 }, (_, seed) =>
      JSON.stringify(loggedRun([{ do: 'crash', target: 'a', at: ms(100), for: ms(10) }], seed).reads),
    ),
  );
  expect([...after].sort((a, b) => a.length - b.length)).toEqual(['[["one","two"]]', '[["one","two","three"]]']);
});

test('an fsync makes durable what was written before it, and what a killed process had asked for still happens', () => {
  const { durable, synced } = loggedRun([]);
  expect(durable).toEqual([[0, 'one', 'two']]);
  expect(synced[0]).toBeGreaterThan(700);
  const killed = loggedRun([{ do: 'kill', target: 'a', at: 300 }]);
  expect(killed.synced).toEqual([]);
  expect(killed.durable).toEqual([[0, 'one', 'two']]);
});

test('a loss of power ends what the device was about', () => {
  const { synced, durable } = loggedRun([{ do: 'crash', target: 'a', at: 300 }], 3);
  expect(synced).toEqual([]);
  expect(durable.length).toBeLessThanOrEqual(1);
});

test('a stalled disk completes nothing, and everything in order afterwards', () => {
  const order: string[] = [];
  const run = tinyRun({
    faults: [
      { do: 'stall-disk', target: 'a', at: 100, for: ms(500) },
      { do: 'stall-disk', target: 'a', at: 200, for: ms(900) },
    ],
    programs: {
      a: (os) => ({
        start() {
          const note = (what: string) => (): void =>
            void order.push(`${what} after ${os.monotonicUs() > ms(900) ? 'the stall' : 'nothing'}`);
          os.disk.append('log', 1, 10);
          os.disk.fsync('log', note('first'));
          os.disk.replace('state', [{ value: 2, bytes: 10 }], note('second'));
          os.disk.read('state', (records) => note(`third (${records.length})`)());
        },
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(order).toEqual(['first after the stall', 'second after the stall', 'third (1) after the stall']);
});

test('a file that is replaced is whole: the old one until then, the new one from then on', () => {
  for (let atUs = 200; atUs < 4_000; atUs += 100) {
    const reads: unknown[] = [];
    tinyRun({
      seed: atUs,
      faults: [{ do: 'crash', target: 'a', at: atUs, for: ms(10) }],
      programs: {
        a: (os) => ({
          start() {
            const values = (name: string) => [1, 2, 3].map((n) => ({ value: `${name} ${n}`, bytes: 2_000 }));
            if (os.incarnation > 1)
              os.disk.read(
                'state',
                (records) => void reads.push(records.map((record) => (record.ok ? record.value : 'bad')).join()),
              );
            else os.disk.replace('state', values('old'), () => os.disk.replace('state', values('new'), () => undefined));
          },
        }),
      },
    }).advance();
    expect(['', 'old 1,old 2,old 3', 'new 1,new 2,new 3']).toContain(reads[0]);
  }
});

test('a full disk refuses, a failing one does not read, and a rotten record is seen as bad', () => {
  const said: unknown[] = [];
  const run = tinyRun({
    faults: [
      { do: 'fill-disk', target: 'a', at: ms(10), for: ms(20) },
      { do: 'fill-disk', target: 'a', at: ms(15), for: ms(5) },
      { do: 'fail-reads', target: 'a', at: ms(40), for: ms(10) },
      { do: 'rot', target: 'a', file: 'log', at: ms(60) },
    ],
    programs: {
      a: (os) => ({
        start() {
          os.disk.append('log', 'kept', 10);
          os.disk.fsync('log', () => undefined);
          os.after(ms(25), tick, () => said.push(os.disk.append('log', 'more', 10)));
          os.after(ms(45), tick, () => os.disk.read('log', (_records, error) => said.push(error)));
          os.after(ms(70), tick, () => os.disk.read('log', (records) => said.push(records)));
        },
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(said).toEqual(['ENOSPC', 'EIO', [{ ok: false, torn: false }]]);
});

/** Syncs twice while the disk does not write, and reads in each life what is there. */
function unwrittenRun(
  failed: 'ends' | 'goes on',
  faults: readonly Fault[] = [],
  forUs = ms(5),
): { reads: unknown[]; heard: string[]; durable: unknown[] } {
  const reads: unknown[] = [];
  const heard: string[] = [];
  const durable: unknown[] = [];
  const run = tinyRun({
    faults: [{ do: 'fail-writes', target: 'a', at: ms(5), for: forUs }, ...faults],
    programs: {
      a: (os) => {
        const fails = failed === 'ends' ? null : (): void => void heard.push('failed');
        const write = (value: string): void => {
          os.disk.append('log', value, 10);
          os.disk.fsync('log', () => heard.push(value), fails);
        };
        return {
          start() {
            if (os.incarnation > 1) {
              os.disk.read('log', (records) => reads.push(...records.map((record) => (record.ok ? record.value : 'bad'))));
              return;
            }
            write('before');
            os.after(ms(6), tick, () => ['one', 'two'].forEach(write));
            os.after(ms(12), tick, () => write('after'));
          },
        };
      },
    },
  });
  run.observe({ durable: (_process, _file, first, records) => void durable.push([first, ...records]) });
  expect(run.advance()).toBe('ok');
  return { reads, heard, durable };
}

test('what a failed sync covered is lost, and who asks for one ends if he says nothing else', () => {
  expect(unwrittenRun('ends')).toEqual({ reads: ['before'], heard: ['before'], durable: [[0, 'before']] });
});

test('who goes on after a failed sync is told that the next one succeeds, and what was lost stays lost', () => {
  const { reads, heard, durable } = unwrittenRun('goes on', [{ do: 'crash', target: 'a', at: ms(60), for: ms(1) }]);
  expect(heard).toEqual(['before', 'failed', 'failed', 'after']);
  expect(durable).toEqual([
    [0, 'before'],
    [1, 'after'],
  ]);
  expect(reads).toEqual(['before', 'after']);
});

test('no sync that was asked for before a failure is heard of succeeds behind it', () => {
  // The fault is over when the second one has its turn, and the process stands still.
  const { heard, durable } = unwrittenRun('goes on', [{ do: 'pause', target: 'a', at: ms(6) + 400, for: ms(20) }], ms(2));
  expect(heard.slice(0, 3)).toEqual(['before', 'failed', 'failed']);
  expect(durable[0]).toEqual([0, 'before']);
  expect(durable.flat()).not.toContain('two');
});

test('a file that cannot be written is not replaced, and none is renamed', () => {
  const said: unknown[] = [];
  const run = tinyRun({
    faults: [{ do: 'fail-writes', target: 'a', at: ms(5), for: ms(5) }],
    programs: {
      a: (os) => ({
        start() {
          os.disk.read('state', (records) => said.push(records.length));
          if (os.incarnation > 1) return;
          os.disk.replace('state', [{ value: 1, bytes: 10 }], (error) => said.push(error));
          os.after(ms(6), tick, () =>
            os.disk.replace('state', [], (error) => {
              said.push(error);
              os.disk.rename('state', 'other', () => said.push('renamed'));
            }),
          );
        },
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(said).toEqual([0, null, 'EIO', 1]);
});

test('a machine that loses its disk comes back with an empty one, and knows that it is another', () => {
  const said: unknown[] = [];
  const run = tinyRun({
    faults: [{ do: 'lose-disk', target: 'a', at: ms(10), for: ms(5) }],
    programs: {
      a: (os) => ({
        start() {
          os.disk.list('', (files) => said.push([os.incarnation, os.disk.replaced, files]));
          if (os.incarnation > 1) return;
          os.disk.append('log', 'kept', 10);
          os.disk.fsync('log', () => undefined);
        },
      }),
    },
  });
  const emptied: string[] = [];
  run.observe({ emptied: ({ name }) => void emptied.push(name) });
  expect(run.advance()).toBe('ok');
  expect(said).toEqual([
    [1, 0, ['log']],
    [2, 1, []],
  ]);
  expect(emptied).toEqual(['a']);
});

test('a file that is removed is gone when that is done, and not before', () => {
  for (const atUs of [600, 2_000]) {
    const files: unknown[] = [];
    tinyRun({
      faults: [{ do: 'crash', target: 'a', at: atUs, for: ms(1) }],
      programs: {
        a: (os) => ({
          start() {
            if (os.incarnation > 1) os.disk.list('', (names) => files.push(...names));
            else os.disk.replace('state', [{ value: 1, bytes: 10 }], () => os.disk.remove('state', () => files.push('removed')));
          },
        }),
      },
    }).advance();
    expect([[], ['state'], ['removed']]).toContainEqual(files);
  }
});

test('a slow disk takes a whole number of microseconds, and is as fast as before when the last fault has ended', () => {
  const took = (faults: readonly Fault[]): number => loggedRun(faults).synced[0] as number;
  const slow: Fault = { do: 'slow-disk', target: 'a', factor: 3.3, at: 0, for: seconds(1) };
  const plain = took([]);
  expect(Number.isInteger(took([slow]))).toBe(true);
  expect(took([{ ...slow, for: 0 }])).toBe(plain);
});

test('a paused process hears of its disk only afterwards, but the device goes on', () => {
  const { synced, durable } = loggedRun([{ do: 'pause', target: 'a', at: 300, for: ms(50) }]);
  expect(durable).toEqual([[0, 'one', 'two']]);
  expect(synced[0]).toBeGreaterThanOrEqual(ms(50));
});

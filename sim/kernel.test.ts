import { expect, test } from 'vitest';
import {
  boundary,
  createRun,
  kind,
  ms,
  Panic,
  seconds,
  type Boundary,
  type Fault,
  type Kind,
  type Os,
  type Program,
  type Property,
  type Run,
} from './index.ts';
import { tinyRun, tinySpec } from './testing/tiny-world.ts';
import { sameDigestWithoutObservers } from './testing/observers-off.ts';

const ping = kind<{ readonly n: number }>('test/ping');
const tick = kind<null>('test/tick');

/** Talks to everybody by both transports, writes to its disk, draws and sleeps. */
function busy(os: Os): Partial<Program> {
  const peers = os.lookup('p').filter((name) => name !== os.name);
  const random = os.random('load');
  return {
    start() {
      const connection = os.connect(random.pick(peers), { message: () => undefined, closed: () => undefined });
      os.spawn(
        'load',
        (function* () {
          for (let n = 0; ; n++) {
            yield* os.sleep(ms(random.between(1, 20)));
            os.send(random.pick(peers), ping, { n });
            connection.send(ping, { n });
            os.disk.append('log', { n }, random.between(10, 2_000));
            os.disk.fsync('log', () => undefined);
            os.history.settle(os.history.invoke(os.name, 'tick', n), 'ok', n);
          }
        })(),
      );
    },
    receive(from, _kind, body) {
      if (random.percent(20)) os.send(from, ping, { n: (body as { n: number }).n + 1 });
    },
    accept: () => ({ message: () => undefined, closed: () => undefined }),
  };
}

const faults: readonly Fault[] = [
  { do: 'crash', target: 'p1', at: ms(300), for: ms(400) },
  { do: 'pause', target: 'p2', at: ms(350), for: ms(700) },
  { do: 'partition', from: 'p1,p2', to: 'p3', at: ms(500), for: ms(500) },
  { do: 'lose', from: '*', to: '*', percent: 20, at: ms(100), for: ms(900) },
  { do: 'duplicate', from: '*', to: '*', percent: 20, at: ms(100), for: ms(900) },
  { do: 'slow', target: 'p3', factor: 7.3, at: ms(100), for: ms(900) },
  { do: 'stall-disk', target: 'p4', at: ms(100), for: ms(200) },
  { do: 'drift-clock', target: 'p4', ppm: 50_000, at: ms(100), for: ms(900) },
];
const busySpec = (seed: number) =>
  tinySpec({ seed, faults, healAtUs: seconds(1), endUs: seconds(2), programs: { p1: busy, p2: busy, p3: busy, p4: busy } });

test('the same seed gives the same digest at every step, another seed another', () => {
  const [a, b] = [createRun(busySpec(1)), createRun(busySpec(1))];
  while (a.verdict === null) {
    a.advance(a.step + 50);
    b.advance(b.step + 50);
    expect(b.digest).toBe(a.digest);
  }
  const other = createRun(busySpec(2));
  other.advance();
  expect(other.digest).not.toBe(a.digest);
  expect(a.step).toBeGreaterThan(2_000);
});

test('two runs that take turns in one thread have the digests that each has alone', () => {
  const alone = [1, 2].map((seed) => {
    const run = createRun(busySpec(seed));
    run.advance();
    return run.digest;
  });
  const together = [1, 2].map((seed) => createRun(busySpec(seed)));
  for (let step = 0; together.some(({ verdict }) => verdict === null); step += 13) for (const run of together) run.advance(step);
  expect(together.map(({ digest }) => digest)).toEqual(alone);
});

test('observers and frozen messages leave the digest alone', () => {
  const watched = sameDigestWithoutObservers(busySpec(3));
  const thawed = createRun({ ...busySpec(3), freezeMessages: false });
  thawed.advance();
  expect(thawed.digest).toBe(watched.digest);
});

test('a fault that is left out shifts no draw of what it did not touch', () => {
  const arrivals = (plan: readonly Fault[]): number[] => {
    const at: number[] = [];
    const run = tinyRun({
      faults: plan,
      programs: {
        a: (os) => ({
          start() {
            const send = (): void => {
              os.send('b', ping, { n: 0 });
              os.after(ms(10), tick, send);
            };
            send();
          },
        }),
        b: (os) => ({ receive: () => void at.push(os.monotonicUs()) }),
        c: () => ({}),
      },
    });
    run.advance();
    return at;
  };
  expect(
    arrivals([
      { do: 'isolate', target: 'c', at: 0 },
      { do: 'crash', target: 'c', at: ms(5), for: seconds(1) },
    ]),
  ).toEqual(arrivals([]));
});

/** How `a` took its messages: at which times of its own clock. */
function handled(plan: readonly Fault[], serviceUs: number, mailbox?: number): { times: number[]; lost: number; run: Run } {
  const load = kind<number>('test/load', { serviceUs });
  const times: number[] = [];
  let lost = 0;
  const spec = tinySpec({ faults: plan, programs: {} });
  const run = createRun({
    ...spec,
    build(world) {
      world.process({
        name: 'a',
        region: 'east',
        ...(mailbox === undefined ? {} : { mailbox }),
        boot: (os) => ({ start: () => undefined, receive: () => void times.push(os.monotonicUs()) }),
      });
      world.process({
        name: 'b',
        region: 'east',
        boot: (os) => ({
          start: () =>
            void os.after(ms(100), tick, () => {
              for (let n = 0; n < 20; n++) os.send('a', load, n);
            }),
        }),
      });
    },
  });
  run.observe({ stepped: (_event, outcome) => void (outcome === 'lost' && lost++) });
  expect(run.advance()).toBe('ok');
  return { times, lost, run };
}

test('an event occupies its process: the next ones wait, and what finds the mailbox full is lost', () => {
  const { times, lost } = handled([], ms(3));
  expect(times).toHaveLength(20);
  expect(times.slice(1).every((at, i) => at - (times[i] as number) === ms(3))).toBe(true);
  expect(lost).toBe(0);
  const small = handled([], ms(3), 5);
  expect(small.times.length + small.lost).toBe(20);
  expect(small.times.length).toBeLessThan(8);
});

test('whoever is slow for several reasons is as slow as the worst makes it, by whole microseconds, and as fast as before when the last has ended', () => {
  const slow = (factor: number, at: number, lasts: number): Fault => ({ do: 'slow', target: 'a', factor, at, for: lasts });
  const { times, run } = handled([slow(1.1, 0, seconds(1)), slow(3.3, ms(10), seconds(2)), slow(1.1, ms(20), ms(30))], ms(1));
  expect(times.every(Number.isInteger)).toBe(true);
  expect((times[1] as number) - (times[0] as number)).toBe(Math.round(1_000 * 3.3));
  expect(run.inspect('a').slowness).toBe(1);
});

test('a pause holds everything and loses nothing', () => {
  const { times } = handled([{ do: 'pause', target: 'a', at: ms(101), for: ms(500) }], ms(3));
  expect(times).toHaveLength(20);
  expect(times.filter((at) => at > ms(101) && at < ms(601))).toEqual([]);
});

test('of two pauses that overlap the last one to end ends it, also for a process that was started in between', () => {
  const ticks: number[] = [];
  tinyRun({
    faults: [
      { do: 'pause', target: 'a', at: ms(100), for: ms(300) },
      { do: 'kill', target: 'a', at: ms(150), for: ms(50) },
      { do: 'pause', target: 'a', at: ms(300), for: ms(300) },
    ],
    programs: {
      a: (os) => ({
        start() {
          const again = (): void => {
            ticks.push(os.monotonicUs());
            os.after(ms(10), tick, again);
          };
          again();
        },
      }),
    },
  }).advance();
  expect(ticks.some((at) => at > ms(200) && at < ms(300))).toBe(true);
  expect(ticks.filter((at) => at > ms(301) && at < ms(600))).toEqual([]);
});

test('of two crashes that overlap the last one to end starts the process, once', () => {
  const starts: number[] = [];
  tinyRun({
    faults: [
      { do: 'crash', target: 'a', at: ms(100), for: ms(200) },
      { do: 'kill', target: 'a', at: ms(200), for: ms(300) },
    ],
    programs: { a: (os) => ({ start: () => void starts.push(os.monotonicUs()) }) },
  }).advance();
  expect(starts).toEqual([0, ms(500)]);
});

test('the end of one drift does not end another', () => {
  const run = tinyRun({
    faults: [
      { do: 'drift-clock', target: 'a', ppm: 1_000, at: 0, for: seconds(3) },
      { do: 'drift-clock', target: 'a', ppm: 2_000, at: seconds(1), for: seconds(1) },
    ],
    programs: {
      a: (os) => ({
        start() {
          const again = (): void => void os.after(ms(500), tick, again);
          again();
        },
      }),
    },
  });
  const drifts: unknown[] = [];
  run.observe({ stepped: () => void drifts.push((run.inspect('a').clock as { driftPpm: number }).driftPpm) });
  run.advance();
  expect(drifts.filter((ppm, i) => ppm !== drifts[i - 1])).toEqual([1_000, 2_000, 1_000, 0]);
});

test('timers die with the memory of their process', () => {
  const fired: number[] = [];
  tinyRun({
    faults: [{ do: 'kill', target: 'a', at: ms(100), for: ms(100) }],
    programs: { a: (os) => ({ start: () => void os.after(ms(500), tick, () => fired.push(os.incarnation)) }) },
  }).advance();
  expect(fired).toEqual([2]);
});

test('a timer that is cancelled while it waits in the mailbox does not fire, and the mailbox goes on', () => {
  const fired: string[] = [];
  const long = kind<null>('test/long', { serviceUs: ms(10) });
  tinyRun({
    programs: {
      a: (os) => ({
        start() {
          const timers = ['second', 'third', 'fourth'].map((name, i) => os.after(ms(1) + i, tick, () => fired.push(name)));
          os.after(ms(1) - 1, long, () => fired.push('first'));
          os.after(ms(1) - 2, long, () => {
            for (const timer of timers.slice(0, 2)) os.cancel(timer);
          });
          os.after(ms(1) + 1, tick, () => {
            if (timers[0] !== undefined) os.cancel(timers[0]);
          });
        },
      }),
    },
  }).advance();
  expect(fired).toEqual(['first', 'fourth']);
});

test('a panic ends the process, which its supervisor starts again; any other error ends the run', () => {
  const starts: number[] = [];
  const panicking = tinyRun({
    programs: {
      a: (os) => ({
        start: () => {
          starts.push(os.monotonicUs());
          if (starts.length < 3) throw new Panic('cannot go on');
        },
      }),
    },
  });
  expect(panicking.advance()).toBe('ok');
  expect(starts).toEqual([0, ms(500), seconds(1)]);
  const inBoot = tinyRun({
    programs: {
      a: (os) => {
        if (os.incarnation < 3) throw new Panic('cannot even begin');
        return {};
      },
    },
  });
  expect(inBoot.advance()).toBe('ok');
  expect(inBoot.inspect('a').incarnation).toBe(3);
  const broken = tinyRun({
    programs: {
      a: () => ({
        start: () => {
          throw new Error('a bug');
        },
      }),
    },
  });
  expect(broken.advance()).toBe('crashed');
  expect(broken.failure).toMatchObject({ process: 'a', message: 'a bug', step: 0 });
});

test('a violation that is seen in the middle of a step is a violation of that step', () => {
  let sent = 0;
  const run = createRun({
    ...busySpec(1),
    properties: [
      {
        id: 'test/few',
        kind: 'always',
        title: '',
        monitor: (report) => ({ sent: () => void (++sent === 9 && report.violated('too many')) }),
      },
    ],
  });
  expect(run.advance()).toBe('violation');
  expect(run.violation?.step).toBe(run.step);
});

test('a handler that is async ends the run as crashed: nobody would await it', () => {
  const late = async (): Promise<void> => Promise.resolve();
  const start = late as () => void;
  const handlers: readonly Record<string, (os: Os) => Partial<Program>>[] = [
    { p1: () => ({ start }) },
    { p1: (os) => ({ start: () => void os.after(ms(1), tick, start) }) },
    { p1: (os) => ({ start: () => os.send('p2', ping, { n: 1 }) }), p2: () => ({ receive: start }) },
  ];
  for (const programs of handlers) {
    const run = tinyRun({ programs });
    expect(run.advance()).toBe('crashed');
    expect(run.failure?.message).toMatch(/^a handler returned a promise/);
  }
});

test('a property that throws ends the run as crashed', () => {
  const run = createRun({
    ...busySpec(1),
    properties: [
      {
        id: 'test/broken',
        kind: 'always',
        title: '',
        monitor: () => ({
          sent: () => {
            throw new Error('cannot judge');
          },
        }),
      },
    ],
  });
  expect(run.advance()).toBe('crashed');
  expect(run.failure?.message).toBe('cannot judge');
});

test('whoever changes a message after sending it throws where it does so', () => {
  const run = tinyRun({
    programs: {
      a: (os) => ({
        start() {
          const body = { list: [1] };
          os.send('a', kind('test/any'), body);
          body.list.push(2);
        },
      }),
    },
  });
  expect(run.advance()).toBe('crashed');
  expect(run.failure?.error).toBeInstanceOf(TypeError);
});

test('a fault that names nobody, or makes no sense, is refused before the run, by its place in the plan', () => {
  const refused = (fault: Fault): string => {
    try {
      tinyRun({ faults: [fault], programs: { a: () => ({}) } });
    } catch (error) {
      return String(error);
    }
    return 'taken';
  };
  expect(refused({ do: 'pause', target: 'b', at: 0 })).toBe('InputError: faults[0] (pause): no process is called "b"');
  expect(refused({ do: 'pause', target: 'role:boss', at: 0 })).toContain('no role is called "boss"');
  expect(refused({ do: 'lose-region', region: 'mars', at: 0 })).toContain('no process is in region "mars"');
  expect(refused({ do: 'slow', target: 'a', factor: 0, at: 0 })).toContain('factor');
  expect(refused({ do: 'lose', from: 'a', to: '*', percent: 101, at: 0 })).toContain('percent');
  expect(refused({ do: 'pause', target: 'a', at: 0.5 })).toContain('at: 0.5');
});

test('a history that is not kept tells its listeners all the same, and changes nothing', () => {
  const heard: number[] = [];
  const listening: Property = {
    id: 'test/listening',
    kind: 'sometimes',
    title: 'listens to the history',
    monitor: (_report, scene) => {
      scene.history().listen({ returned: ({ id }) => void heard.push(id) });
      return {};
    },
  };
  const [kept, forgotten] = [true, false].map((keepHistory) => {
    const run = createRun({ ...busySpec(1), properties: [listening], keepHistory });
    run.advance();
    return run;
  });
  expect(forgotten!.digest).toBe(kept!.digest);
  expect(forgotten!.history.operations).toEqual([]);
  const settled = kept!.history.operations.filter(({ status }) => status !== 'pending').map(({ id }) => id);
  expect(heard).toEqual([...settled, ...settled]);
});

test('an observer that names kinds and boundaries is told of those alone', () => {
  const wanted = boundary<number>('test/wanted');
  const other = boundary<number>('test/other');
  const pong = kind<number>('test/pong');
  const told: unknown[] = [];
  const run = tinyRun({
    programs: {
      p1: (os) => ({
        start() {
          os.send('p1', ping, { n: 1 });
          os.send('p1', pong, 2);
          os.cross(wanted, 3);
          os.cross(other, 4);
        },
      }),
    },
  });
  run.observe({
    hears: (what) => what === (pong as Kind),
    sent: (_from, _to, _kind, body) => void told.push(body),
    sees: (what) => what === (wanted as Boundary),
    crossed: (_process, _boundary, body) => void told.push(body),
  });
  run.advance();
  expect(told).toEqual([2, 3]);
});

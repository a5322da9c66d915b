import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createRun,
  kind,
  ms,
  seconds,
  threeRegions,
  type CloseReason,
  type Connection,
  type Fault,
  type Os,
  type Program,
  type Run,
} from '../index.ts';
import { tinyRun, tinySpec } from '../testing/tiny-world.ts';

const item = kind<number>('test/item');
const slowItem = kind<number>('test/slow-item', { serviceUs: ms(5) });
const tick = kind<null>('test/tick');

interface Log {
  readonly got: number[];
  readonly ends: string[];
}

/** Connects to `b` once, sends a number every ten milliseconds, and notes what it hears. */
function caller(log: Log, options: { readonly count?: number; readonly what?: typeof item; readonly everyUs?: number } = {}) {
  return (os: Os): Partial<Program> => ({
    start() {
      if (os.incarnation > 1) return;
      const connection = os.connect('b', {
        opened: () => void log.ends.push('opened'),
        message: () => undefined,
        closed: (reason) => void log.ends.push(`${reason} at ${Math.round(os.monotonicUs() / 1_000)} ms`),
      });
      let n = 0;
      const next = (): void => {
        if (n < (options.count ?? 100) && connection.send(options.what ?? item, n++))
          os.after(options.everyUs ?? ms(10), tick, next);
      };
      next();
    },
  });
}

/** Accepts, and notes what it hears. */
function listener(log: Log) {
  return (os: Os): Partial<Program> => ({
    accept: () => ({
      message: (_kind, body) => void log.got.push(body as number),
      closed: (reason) => void log.ends.push(`${reason} at ${Math.round(os.monotonicUs() / 1_000)} ms`),
    }),
  });
}

const newLog = (): Log => ({ got: [], ends: [] });
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function talk(
  faults: readonly Fault[],
  options: Parameters<typeof caller>[1] = {},
  mailbox?: number,
): { run: Run; near: Log; far: Log } {
  const near = newLog();
  const far = newLog();
  const spec = tinySpec({ faults, programs: {} });
  const run = createRun({
    ...spec,
    build(world) {
      world.process({ name: 'a', region: 'east', boot: (os) => ({ start: () => undefined, ...caller(near, options)(os) }) });
      world.process({
        name: 'b',
        region: 'west',
        boot: (os) => ({ start: () => undefined, ...listener(far)(os) }),
        ...(mailbox === undefined ? {} : { mailbox }),
      });
    },
  });
  expect(run.advance()).toBe('ok');
  return { run, near, far };
}

test('without faults all arrives in order', () => {
  const { near, far } = talk([]);
  expect(far.got).toEqual(upTo(100));
  expect(near.ends).toEqual(['opened']);
});

test('loss costs delay and nothing else', () => {
  const { near, far } = talk([{ do: 'lose', from: 'a', to: 'b', percent: 40, at: 0, for: seconds(8) }]);
  expect(far.got).toEqual(upTo(100));
  expect(near.ends).toEqual(['opened']);
});

test('a partition shorter than the keepalive only delays', () => {
  const { near, far } = talk([{ do: 'partition', from: 'a', to: 'b', at: ms(300), for: seconds(2) }]);
  expect(far.got).toEqual(upTo(100));
  expect(near.ends).toEqual(['opened']);
});

test('a longer partition loses a suffix, and both ends give up, each at its own time', () => {
  const { near, far } = talk([{ do: 'partition', from: 'a', to: 'b', at: ms(300), for: seconds(5) }]);
  expect(far.got).toEqual(upTo(far.got.length));
  expect(far.got.length).toBeGreaterThan(20);
  expect(far.got.length).toBeLessThan(31);
  const [nearEnd, farEnd] = [near.ends[1], far.ends[0]];
  expect(nearEnd).toMatch(/^keepalive at 3[3-6]\d\d ms$/);
  expect(farEnd).toMatch(/^keepalive at 3[3-6]\d\d ms$/);
  expect(nearEnd).not.toBe(farEnd);
});

test('who is cut in one direction only is given up by both ends too', () => {
  const { near, far } = talk([{ do: 'partition', from: 'b', to: 'a', oneWay: true, at: ms(300), for: seconds(5) }]);
  expect(far.got.length).toBeGreaterThan(50);
  expect([near.ends[1], far.ends[0]].every((end) => end?.startsWith('keepalive'))).toBe(true);
});

test('a kill is told at once, a power loss only by silence', () => {
  const killed = talk([{ do: 'kill', target: 'b', at: ms(300), for: seconds(5) }]);
  expect(killed.near.ends[1]).toMatch(/^reset at 3\d\d ms$/);
  const crashed = talk([{ do: 'crash', target: 'b', at: ms(300), for: seconds(5) }]);
  expect(crashed.near.ends[1]).toMatch(/^keepalive at 3[3-6]\d\d ms$/);
});

test('a machine that comes back disowns the connections it has forgotten', () => {
  const { near } = talk([{ do: 'crash', target: 'b', at: ms(300), for: ms(500) }]);
  expect(near.ends[1]).toMatch(/^reset at (8|9|10)\d\d ms$/);
});

test('a machine without power answers nobody; a running one without the process refuses', () => {
  expect(talk([{ do: 'crash', target: 'b', at: 0 }]).near.ends).toEqual([expect.stringMatching(/^keepalive at 3\d\d\d ms$/)]);
  expect(talk([{ do: 'kill', target: 'b', at: 0 }]).near.ends).toEqual([expect.stringMatching(/^refused at 2\d ms$/)]);
});

test('a request to connect reaches a machine that gets its power back in time', () => {
  const { near, far } = talk([{ do: 'crash', target: 'b', at: 0, for: seconds(1) }]);
  expect(near.ends).toEqual(['opened']);
  expect(far.got).toEqual(upTo(100));
});

test('who accepts nobody refuses', () => {
  const near = newLog();
  tinyRun({ programs: { a: caller(near), b: () => ({}) } }).advance();
  expect(near.ends).toEqual([expect.stringMatching(/^refused/)]);
});

test('a consumer that is too slow for its mailbox is cut off, and learns it as well', () => {
  const { near, far } = talk([], { count: 10_000, what: slowItem, everyUs: ms(1) }, 50);
  expect(near.ends[1]).toMatch(/^slow consumer/);
  expect(far.ends[0]).toMatch(/^slow consumer/);
  expect(far.got).toEqual(upTo(far.got.length));
});

test('one kind of message that is never let through stops what is behind it, and ends the connection', () => {
  const { near, far } = talk([{ do: 'lose', from: 'a', to: 'b', percent: 100, kind: 'test/item', at: ms(300), for: seconds(8) }]);
  expect(far.got).toEqual(upTo(far.got.length));
  expect(near.ends[1]).toMatch(/^keepalive/);
  expect(far.ends[0]).toMatch(/^keepalive/);
});

test('an orderly close lets everything through that was sent before, whatever the other side still sends', () => {
  const got: number[] = [];
  const ends: CloseReason[] = [];
  const run = tinyRun({
    faults: [{ do: 'lose', from: 'a', to: 'b', percent: 30, at: 0, for: seconds(8) }],
    programs: {
      a: (os) => ({
        start() {
          const connection = os.connect('b', { message: () => undefined, closed: () => undefined });
          os.after(ms(200), tick, () => {
            for (let n = 0; n < 20; n++) connection.send(item, n);
            connection.close();
            expect(connection.send(item, 99)).toBe(false);
          });
        },
      }),
      b: (os) => ({
        accept(connection) {
          const chatter = (): void => void (connection.send(item, 1) && os.after(ms(1), tick, chatter));
          os.after(ms(1), tick, chatter);
          return { message: (_kind, body) => void got.push(body as number), closed: (reason) => void ends.push(reason) };
        },
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(got).toEqual(upTo(20));
  expect(ends).toEqual(['closed']);
});

test('what a paused process had in service leaves that much later', () => {
  const arrivals: number[] = [];
  const pausedFor = (pauseUs: number): void => {
    tinyRun({
      topology: {
        ...threeRegions(),
        latency: [
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ].map((row) => row.map(() => ({ baseUs: ms(20), jitterUs: 0 }))),
      },
      faults: pauseUs === 0 ? [] : [{ do: 'pause', target: 'a', at: ms(102), for: pauseUs }],
      programs: {
        a: (os) => ({
          start: () => void os.after(ms(100), kind<null>('test/long', { serviceUs: ms(5) }), () => os.send('b', item, 1)),
        }),
        b: (os) => ({ receive: () => void arrivals.push(os.monotonicUs()) }),
      },
    }).advance();
  };
  pausedFor(0);
  pausedFor(ms(10));
  pausedFor(ms(500));
  expect(arrivals.map((at) => at - (arrivals[0] as number))).toEqual([0, ms(10), ms(500)]);
});

test('what a process had in service when it crashed was never sent', () => {
  const got: unknown[] = [];
  const run = tinyRun({
    faults: [{ do: 'kill', target: 'a', at: ms(102), for: seconds(1) }],
    programs: {
      a: (os) => ({
        start() {
          if (os.incarnation > 1) return;
          const connection = os.connect('b', { message: () => undefined, closed: () => undefined });
          os.after(ms(100), kind<null>('test/long', { serviceUs: ms(5) }), () => {
            os.send('b', item, 1);
            connection.send(item, 2);
            os.disk.append('log', 'x', 10);
            os.disk.fsync('log', () => got.push('synced'));
          });
        },
      }),
      b: () => ({
        receive: (_from, _kind, body) => void got.push(body),
        accept: () => ({ message: (_kind, body) => void got.push(body), closed: () => undefined }),
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(got).toEqual([]);
});

const names = fc.constantFrom('a', 'b', '*');
const span = { at: fc.integer({ min: 0, max: seconds(4) }), for: fc.integer({ min: 1, max: seconds(5) }) };
const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ do: fc.constantFrom('crash', 'kill', 'pause', 'isolate'), target: names, ...span }) as fc.Arbitrary<Fault>,
  fc.record({
    do: fc.constant('partition' as const),
    from: fc.constantFrom('a', 'b'),
    to: fc.constantFrom('a', 'b'),
    oneWay: fc.boolean(),
    ...span,
  }),
  fc.record({ do: fc.constant('lose' as const), from: names, to: names, percent: fc.integer({ min: 0, max: 100 }), ...span }),
  fc.record({
    do: fc.constant('delay' as const),
    from: names,
    to: names,
    byUs: fc.integer({ min: 0, max: seconds(1) }),
    ...span,
  }),
  fc.record({ do: fc.constant('slow' as const), target: names, factor: fc.double({ min: 0.5, max: 500, noNaN: true }), ...span }),
  fc.record({
    do: fc.constant('drift-clock' as const),
    target: names,
    ppm: fc.integer({ min: -200_000, max: 200_000 }),
    ...span,
  }),
  fc.record({ do: fc.constant('reset' as const), target: names, at: span.at }),
);

/** `a` connects again whenever it is cut off, and numbers what it sends on each connection from 0. */
function persistent(sent: Map<string, number>) {
  return (os: Os): Partial<Program> => {
    const dial = (): void => {
      const label = `${os.incarnation}/${os.monotonicUs()}`;
      let open = true;
      const connection: Connection = os.connect('b', {
        message: () => undefined,
        closed: () => {
          open = false;
          os.after(ms(50), tick, dial);
        },
      });
      let n = 0;
      const next = (): void => {
        if (!open || !connection.send(labelled, { label, n: n++ })) return;
        sent.set(label, n);
        os.after(ms(7), tick, next);
      };
      next();
    };
    return { start: dial };
  };
}

const labelled = kind<{ readonly label: string; readonly n: number }>('test/labelled', {
  describe: ({ label, n }) => `${label}: ${n}`,
});

test('under any plan of faults each connection delivers a prefix of what was sent, without gap and in order', () => {
  fc.assert(
    fc.property(fc.array(anyFault, { maxLength: 8 }), fc.nat(), (faults, seed) => {
      const sent = new Map<string, number>();
      const got = new Map<string, number[]>();
      const run = tinyRun({
        seed,
        faults,
        healAtUs: seconds(9),
        endUs: seconds(14),
        programs: {
          a: persistent(sent),
          b: () => ({
            accept: () => ({
              message: (_kind, body) => {
                const { label, n } = body as { label: string; n: number };
                got.set(label, [...(got.get(label) ?? []), n]);
              },
              closed: () => undefined,
            }),
          }),
        },
      });
      expect(run.advance()).toBe('ok');
      for (const [label, numbers] of got) {
        expect(numbers).toEqual(upTo(numbers.length));
        expect(numbers.length).toBeLessThanOrEqual(sent.get(label) as number);
      }
      // Healed: the last connection works.
      const last = [...sent.keys()].at(-1) as string;
      expect(got.get(last)?.length ?? 0).toBeGreaterThan(0);
      expect(run.inspect('a').connections).toBeLessThanOrEqual(1);
      // Whoever went away is forgotten on both sides.
      expect(run.inspect('b').connections).toBeLessThanOrEqual(1);
    }),
    { numRuns: 25 },
  );
});

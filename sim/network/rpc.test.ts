import { expect, test } from 'vitest';
import {
  Channel,
  Channels,
  kind,
  method,
  ms,
  RpcServer,
  seconds,
  STREAM_WINDOW,
  type CallOutcome,
  type Co,
  type Fault,
  type Os,
  type Program,
  type ServerStream,
} from '../index.ts';
import { tinyRun } from '../testing/tiny-world.ts';

const echo = method<number, number>('test/echo');
const silent = method<number, number>('test/silent');
const count = method<number, number>('test/count');
const tick = kind<null>('test/tick');

function server(calls: number[] = []) {
  return (os: Os): Partial<Program> => {
    const rpc = new RpcServer();
    rpc.handle(echo, (request, reply) => {
      calls.push(request);
      if (request < 0) reply.refuse('negative', String(request));
      else reply.ok(request);
      reply.ok(-1);
    });
    rpc.handle(silent, (request) => void calls.push(request));
    rpc.handleStream(count, (from, stream) => {
      let n = from;
      const push = (): void => {
        while (stream.writable && n < from + 1_000) stream.push(n++);
        if (n === from + 1_000) stream.end('done', os.name);
      };
      os.after(1, tick, push);
      return { drained: push };
    });
    return { accept: (connection) => rpc.accept(connection) };
  };
}

/** Runs the client's coroutine beside servers `s1` and `s2`, and returns what it returned. */
function client<T>(
  body: (os: Os, channel: Channel) => Co<T>,
  faults: readonly Fault[] = [],
  calls: number[] = [],
  rotateOnDeadline = false,
): T | undefined {
  let result: T | undefined;
  const run = tinyRun({
    faults,
    programs: {
      s1: server(calls),
      s2: server(calls),
      c: (os) => ({
        start() {
          if (os.incarnation === 1)
            os.spawn('client', body(os, new Channel(os, ['s1', 's2'], { rotateOnDeadline })), (value) => (result = value));
        },
      }),
    },
  });
  const verdict = run.advance();
  if (verdict !== 'ok') throw new Error(`${verdict}: ${run.failure?.message}`);
  return result;
}

test('a call that is made before the connection stands waits for it; an answer counts once', () => {
  const calls: number[] = [];
  expect(client((_os, channel) => channel.call(echo, 7, seconds(1)), [], calls)).toEqual({ status: 'ok', value: 7 });
  expect(client((_os, channel) => channel.call(echo, -7, seconds(1)))).toEqual({
    status: 'refused',
    code: 'negative',
    message: '-7',
  });
  expect(calls).toEqual([7]);
});

test('channels to many processes: each is asked over its own, and over the same one again', () => {
  const outcome = client(function* (os) {
    const servers = new Channels(os);
    expect(servers.to('s1')).toBe(servers.to('s1'));
    expect([servers.to('s1').endpoint, servers.to('s2').endpoint]).toEqual(['s1', 's2']);
    return [yield* servers.to('s1').call(echo, 1, seconds(1)), yield* servers.to('s2').call(echo, 2, seconds(1))];
  });
  expect(outcome).toEqual([
    { status: 'ok', value: 1 },
    { status: 'ok', value: 2 },
  ]);
});

test('a process may call itself: its request and its answer go over the machine that it runs on', () => {
  let answer: unknown;
  const run = tinyRun({
    programs: {
      s1: (os) => ({
        ...server()(os),
        start: () =>
          void os.spawn(
            'client',
            new Channel(os, ['s1']).call(echo, 7, seconds(1)),
            (value: CallOutcome<number>) => (answer = value),
          ),
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(answer).toEqual({ status: 'ok', value: 7 });
});

test('a deadline leaves a sent request unknown and an unsent one unavailable', () => {
  expect(client((_os, channel) => channel.call(silent, 1, seconds(1)))).toEqual({ status: 'unknown', reason: 'deadline' });
  expect(client((_os, channel) => channel.call(echo, 1, seconds(1)), [{ do: 'crash', target: 's*', at: 0 }])).toEqual({
    status: 'unavailable',
  });
});

test('a connection that is lost leaves what was sent unknown, at once', () => {
  const took = client(
    function* (os, channel) {
      const outcome = yield* channel.call(silent, 1, seconds(5));
      return { outcome, atUs: os.monotonicUs() };
    },
    [{ do: 'reset', target: 's1', at: ms(500) }],
  );
  expect(took?.outcome).toEqual({ status: 'unknown', reason: 'connection lost' });
  expect(took?.atUs).toBeLessThan(ms(600));
});

test('a call that was not sent yet survives endpoints that refuse, and is sent once', () => {
  const calls: number[] = [];
  expect(client((_os, channel) => channel.call(echo, 3, seconds(5)), [{ do: 'kill', target: 's1', at: 0 }], calls)).toEqual({
    status: 'ok',
    value: 3,
  });
  expect(calls).toEqual([3]);
});

test('after a deadline the channel goes to the next endpoint, also while it is still connecting', () => {
  const outcomes = client(
    function* (_os, channel) {
      const first = yield* channel.call(echo, 1, ms(500));
      const second = yield* channel.call(echo, 2, seconds(2));
      return [first.status, second.status, channel.endpoint];
    },
    [{ do: 'isolate', target: 's1', at: 0 }],
    [],
    true,
  );
  expect(outcomes).toEqual(['unavailable', 'ok', 's2']);
});

test('three calls that wait for one endpoint and are too late together leave it once', () => {
  const seen: string[] = [];
  const run = tinyRun({
    faults: [{ do: 'isolate', target: 's1', at: 0 }],
    programs: {
      s1: server(),
      s2: server(),
      s3: server(),
      c: (os) => ({
        start() {
          const channel = new Channel(os, ['s1', 's2', 's3'], { rotateOnDeadline: true });
          for (let n = 1; n <= 3; n++)
            os.spawn('call', channel.call(echo, n, ms(500)), ({ status }) => seen.push(`${status}, on to ${channel.endpoint}`));
        },
      }),
    },
  });
  expect(run.advance()).toBe('ok');
  expect(seen).toEqual(['unavailable, on to s2', 'unavailable, on to s2', 'unavailable, on to s2']);
});

test('a channel that is closed ends what waits, and what is called in the middle of that', () => {
  const outcomes = client(function* (os, channel) {
    const seen: CallOutcome<number>[] = [];
    yield* channel.ready(seconds(1));
    os.spawn('one', channel.call(silent, 1, seconds(3)), (outcome) => {
      seen.push(outcome);
      os.spawn('three', channel.call(echo, 3, ms(100)), (late) => seen.push(late));
    });
    os.spawn('two', channel.call(silent, 2, seconds(3)), (outcome) => seen.push(outcome));
    yield* os.sleep(ms(10));
    channel.close();
    yield* os.sleep(seconds(1));
    return seen.map((outcome) => outcome.status);
  });
  expect(outcomes).toEqual(['unknown', 'unknown', 'unavailable']);
});

test('a channel that is closed by the first who hears of a lost connection tells everybody once', () => {
  const told = client(
    function* (os, channel) {
      const seen: string[] = [];
      yield* channel.ready(seconds(1));
      os.spawn('one', channel.call(silent, 1, seconds(5)), () => channel.close());
      const two = function* (): Co<void> {
        seen.push((yield* channel.call(silent, 2, seconds(5))).status);
        const sleptFromUs = os.monotonicUs();
        yield* os.sleep(seconds(1));
        seen.push(`slept ${os.monotonicUs() - sleptFromUs}`);
      };
      os.spawn('two', two());
      yield* os.sleep(seconds(3));
      return seen;
    },
    [{ do: 'reset', target: 's1', at: ms(500) }],
  );
  expect(told).toEqual(['unknown', 'slept 1000000']);
});

test('a cancelled caller hears nothing, and its deadline is gone', () => {
  const heard: unknown[] = [];
  client(function* (os, channel) {
    const task = os.spawn('call', channel.call(silent, 1, ms(500)), (outcome) => heard.push(outcome));
    yield* os.sleep(ms(100));
    task.cancel();
    yield* os.sleep(seconds(1));
  });
  expect(heard).toEqual([]);
});

test('a stream gives everything in order and then its end; the window holds a fast server back', () => {
  const taken = client(function* (os, channel) {
    yield* channel.ready(seconds(1));
    const stream = channel.stream(count, 100);
    const items: number[] = [];
    for (;;) {
      const next = yield* (stream as NonNullable<typeof stream>).next(seconds(1));
      if (next.type !== 'item') return { items, next };
      items.push(next.item);
      if (items.length === 10) yield* os.sleep(seconds(1));
    }
  });
  expect(taken?.items).toEqual(Array.from({ length: 1_000 }, (_, i) => 100 + i));
  expect(taken?.next).toEqual({ type: 'end', code: 'done', message: 's1' });
});

test('a server is told when its consumer is gone, whoever ended the stream', () => {
  const closed: string[] = [];
  const streams: ServerStream<number>[] = [];
  const rpc = new RpcServer();
  rpc.handleStream(count, (how, stream) => {
    streams.push(stream);
    if (how === 1) stream.end('no', 'at once');
    return { closed: () => void closed.push(`${how}`) };
  });
  tinyRun({
    faults: [{ do: 'reset', target: 's', at: seconds(2) }],
    programs: {
      s: () => ({ accept: (connection) => rpc.accept(connection) }),
      c: (os) => ({
        start() {
          const channel = new Channel(os, ['s']);
          os.spawn(
            'client',
            (function* () {
              yield* channel.ready(seconds(1));
              channel.stream(count, 1);
              const second = channel.stream(count, 2);
              channel.stream(count, 3);
              yield* os.sleep(ms(100));
              second?.cancel();
            })(),
          );
        },
      }),
    },
  }).advance();
  expect(closed).toEqual(['1', '2', '3']);
  expect(streams.map(({ open, writable }) => [open, writable])).toEqual([
    [false, false],
    [false, false],
    [false, false],
  ]);
  expect(STREAM_WINDOW).toBe(128);
});

import { expect, test } from 'vitest';
import { ClientStream, type StreamEnd } from './client-stream.ts';
import type { Connection } from './connection.ts';
import { Task } from '../process/coroutine.ts';
import type { Os, Timer } from '../process/process.ts';

interface Consumer {
  readonly stream: ClientStream<number>;
  readonly task: Task<StreamEnd>;
  readonly took: number[];
  readonly log: string[];
  readonly timers: { readonly action: () => void; cancelled: boolean }[];
}

/** A coroutine that takes each item of a stream, with a clock that stands still. */
function consumer(take: (item: number, self: Consumer) => boolean, before: readonly number[] = []): Consumer {
  const timers: Consumer['timers'] = [];
  const os = {
    after(_delayUs: number, _kind: unknown, action: () => void): Timer {
      const timer = { action, cancelled: false };
      timers.push(timer);
      return timer;
    },
    cancel: (timer: { cancelled: boolean }) => void (timer.cancelled = true),
  } as unknown as Os;
  const connection = { send: () => true } as unknown as Connection;
  const stream = new ClientStream<number>(os, connection, 1, 128, () => undefined);
  const log: string[] = [];
  const took: number[] = [];
  for (const item of before) stream.arrived(item);
  const body = function* (): ReturnType<typeof stream.each> {
    try {
      return yield* stream.each(
        (item) => {
          took.push(item);
          return take(item, self);
        },
        () => 100,
      );
    } finally {
      log.push('finally');
    }
  };
  const task = new Task(
    'consumer',
    body(),
    (error) => void log.push(`failed: ${String(error)}`),
    (end) => void log.push(end.type),
  );
  const self: Consumer = { stream, task, took, log, timers };
  task.start();
  return self;
}

test('whoever takes each item gets what was there, then what comes, then the end', () => {
  const { stream, took, log, timers } = consumer(() => true, [1, 2]);
  stream.arrived(3);
  expect(took).toEqual([1, 2, 3]);
  expect(timers.map(({ cancelled }) => cancelled)).toEqual([true, false]);
  stream.finish({ code: 'gone', message: '' });
  expect(log).toEqual(['finally', 'end']);
  expect(timers.at(-1)?.cancelled).toBe(true);
});

test('what comes after the consumer has had enough waits for the next one', () => {
  const { stream, took, log } = consumer((item) => item < 2);
  stream.arrived(1);
  stream.arrived(2);
  stream.arrived(3);
  expect(took).toEqual([1, 2]);
  expect(log).toEqual(['finally', 'stopped']);
});

test('a consumer that ends the stream while it takes an item is told so before it would wait again', () => {
  const { stream, took, log, timers } = consumer((_item, self) => {
    self.stream.cancel();
    return true;
  });
  stream.arrived(1);
  stream.arrived(2);
  expect(took).toEqual([1]);
  expect(log).toEqual(['finally', 'end']);
  expect(timers).toHaveLength(1);
});

test('an error in taking is thrown where the coroutine waits', () => {
  const { stream, log, timers } = consumer(() => {
    throw new Error('malformed');
  });
  stream.arrived(1);
  expect(log).toEqual(['finally', 'failed: Error: malformed']);
  expect(timers).toHaveLength(1);
});

test('a consumer that is cancelled while it takes an item gets no other and waits for none', () => {
  const { stream, took, log, timers } = consumer((_item, { task }) => {
    task.cancel();
    return true;
  });
  stream.arrived(1);
  stream.arrived(2);
  expect(took).toEqual([1]);
  expect(log).toEqual(['finally']);
  expect(timers).toHaveLength(1);
});

test('nothing for so long ends it as idle', () => {
  const { log, timers } = consumer(() => true);
  timers[0]?.action();
  expect(log).toEqual(['finally', 'idle']);
});

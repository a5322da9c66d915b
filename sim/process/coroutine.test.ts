import { expect, test } from 'vitest';
import { Signal, Task, wait, type Co } from './coroutine.ts';

function failure(): { thrown: unknown[]; fail: (error: unknown) => void } {
  const thrown: unknown[] = [];
  return { thrown, fail: (error) => void thrown.push(error) };
}

test('a coroutine goes on where it waited, each time it is resumed', () => {
  const signal = new Signal();
  const log: string[] = [];
  const task = new Task(
    't',
    (function* (): Co<string> {
      log.push('a');
      yield* signal.wait();
      log.push('b');
      yield* signal.wait();
      return 'c';
    })(),
    failure().fail,
    (value) => log.push(value),
  );
  task.start();
  expect(log).toEqual(['a']);
  signal.notify();
  signal.notify();
  expect(log).toEqual(['a', 'b', 'c']);
  expect(task.done).toBe(true);
});

test('a coroutine that is cancelled runs its finally blocks, takes its wait back and nothing more', () => {
  const log: string[] = [];
  const task = new Task(
    't',
    (function* (): Co<void> {
      try {
        yield* wait({ begin: () => () => void log.push('taken back') });
        log.push('never');
      } finally {
        log.push('finally');
      }
    })(),
    failure().fail,
  );
  task.start();
  task.cancel();
  task.cancel();
  expect(log).toEqual(['taken back', 'finally']);
});

test('a coroutine that cancels itself stops at its next wait', () => {
  const log: string[] = [];
  let task: Task<void> | null = null;
  const body = function* (): Co<void> {
    task?.cancel();
    log.push('still');
    yield* wait<void>({
      begin: () => {
        log.push('never');
        return undefined;
      },
    });
    log.push('never');
  };
  task = new Task('t', body(), failure().fail);
  task.start();
  expect(log).toEqual(['still']);
  expect(task.done).toBe(true);
});

test('a coroutine that is cancelled by what its own wait sets off takes that wait back', () => {
  const log: string[] = [];
  const task: Task<void> = new Task(
    't',
    (function* (): Co<void> {
      yield* wait({
        begin: () => {
          task.cancel();
          return () => void log.push('taken back');
        },
      });
      log.push('never');
    })(),
    failure().fail,
  );
  task.start();
  expect(log).toEqual(['taken back']);
});

test('waits that are over at once do not pile up on the stack, and a loop of nothing else is an error', () => {
  const { thrown, fail } = failure();
  const atOnce = (count: number) =>
    new Task(
      't',
      (function* (): Co<void> {
        const begin = (resume: () => void): undefined => {
          resume();
          return undefined;
        };
        for (let i = 0; i < count; i++) yield* wait<void>({ begin });
      })(),
      fail,
    );
  const finite = atOnce(50_000);
  finite.start();
  expect([finite.done, thrown]).toEqual([true, []]);
  atOnce(Infinity).start();
  expect(String(thrown[0])).toContain('goes on for ever');
});

test('a finally block that waits after a cancel is an error', () => {
  const { thrown, fail } = failure();
  const task = new Task(
    't',
    (function* (): Co<void> {
      const signal = new Signal();
      try {
        yield* signal.wait();
      } finally {
        yield* signal.wait();
      }
    })(),
    fail,
  );
  task.start();
  task.cancel();
  expect(String(thrown[0])).toContain('finally');
});

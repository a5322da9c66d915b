import { expect, test } from 'vitest';
import { createSeeker } from '../../replay/index.ts';
import { createRun } from '../../sim/index.ts';
import { BLOCK_EVENTS, Details } from './details.ts';
import { pingPong } from './testing/ping-pong.ts';

const spec = { ...pingPong(7, false), healAtUs: 8_000_000, endUs: 9_000_000 };

function details(): Details {
  return new Details(spec, createSeeker(spec));
}

test('an event has the digest that a run has after so many steps', () => {
  const shown = details();
  for (const event of [0, 1, 17, BLOCK_EVENTS, BLOCK_EVENTS + 1, 300]) {
    const run = createRun(spec);
    run.advance(event);
    expect(shown.digest(event)).toBe(run.digest);
  }
});

test('what is shown of an event does not depend on the way there', () => {
  const forward = details();
  const all = Array.from({ length: 400 }, (_, event) => [0, 1, 2].map((process) => forward.process(process, event)));
  const backward = details();
  for (let event = 399; event >= 0; event -= 7) {
    expect([0, 1, 2].map((process) => backward.process(process, event))).toEqual(all[event]);
  }
});

test('an event changes the state of its own process, and the change shows in it alone', () => {
  const shown = details();
  const pinger = Array.from({ length: 200 }, (_, event) => shown.process(0, event + 1));
  const rounds = pinger.filter(({ fields, before }) => fields !== before && JSON.stringify(fields) !== JSON.stringify(before));
  expect(rounds.length).toBeGreaterThan(20);
  expect(shown.process(0, 1).incarnation + shown.process(1, 1).incarnation + shown.process(2, 1).incarnation).toBe(1);
});

test('a state that cannot be looked at says so', () => {
  const shy = {
    ...spec,
    build: (world: Parameters<typeof spec.build>[0]) =>
      world.process({
        name: 'shy',
        region: 'east',
        boot: () => ({
          start: () => undefined,
          inspect: () => {
            throw new Error('not for you');
          },
        }),
      }),
    properties: [],
    faults: [],
  };
  expect(new Details(shy, createSeeker(shy)).process(0, 1).fields).toEqual([{ path: 'inspect()', value: 'threw: not for you' }]);
});

test('there is no event beyond the end', () => {
  expect(() => details().event(1_000_000)).toThrow('there is no event 1000000');
});

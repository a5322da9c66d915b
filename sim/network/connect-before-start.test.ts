import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Boot } from '../index.ts';

test('a connection that was opened just before the other process started stays', () => {
  const heard: string[] = [];
  const caller: Boot = (os) => ({
    start: () =>
      void os.connect('b', {
        opened: () => void heard.push('opened'),
        message: () => undefined,
        closed: (reason) => void heard.push(reason),
      }),
  });
  const listener: Boot = () => ({
    start: () => undefined,
    accept: () => ({ message: () => undefined, closed: () => undefined }),
  });
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(5),
    endUs: seconds(6),
    build: (world) => {
      world.process({ name: 'a', region: 'east', boot: caller });
      world.process({ name: 'b', region: 'west', boot: listener }, ms(1));
    },
  });
  expect(run.advance()).toBe('ok');
  expect(heard).toEqual(['opened']);
});

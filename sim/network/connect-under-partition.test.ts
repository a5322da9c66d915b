import { expect, test } from 'vitest';
import { createRun, kind, ms, seconds, threeRegions, type Boot } from '../index.ts';

const dialKind = kind<null>('test/dial');

test('two processes may meet for the first time while a partition stands between them', () => {
  const heard: string[] = [];
  const caller: Boot = (os) => ({
    start() {
      os.after(ms(500), dialKind, () => {
        os.connect('b', {
          opened: () => void heard.push('opened'),
          message: () => undefined,
          closed: (reason) => void heard.push(reason),
        });
      });
    },
  });
  const listener: Boot = () => ({
    start: () => undefined,
    accept: () => ({ message: () => undefined, closed: () => undefined }),
  });
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [{ at: ms(100), do: 'partition', from: 'a', to: 'b', oneWay: true, for: seconds(1) }],
    properties: [],
    healAtUs: seconds(5),
    endUs: seconds(6),
    build: (world) => {
      world.process({ name: 'a', region: 'east', boot: caller });
      world.process({ name: 'b', region: 'west', boot: listener });
    },
  });
  expect(run.advance()).toBe('ok');
  expect(heard).toEqual(['opened']);
});

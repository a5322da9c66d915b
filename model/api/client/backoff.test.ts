import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co } from '../../../sim/index.ts';
import { Backoff } from './backoff.ts';

test('pauses grow, each with up to as much again by chance, and are short again after a time without any', () => {
  const pauses: number[] = [];
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(50),
    endUs: seconds(60),
    build: (world) =>
      world.process({
        name: 'p',
        region: 'east',
        boot: (os) => ({
          start: () => {
            const backoff = new Backoff(os, os.random('test'));
            const pauseOnce = function* (): Co<void> {
              const beforeUs = os.monotonicUs();
              yield* backoff.pause();
              pauses.push(os.monotonicUs() - beforeUs);
            };
            os.spawn(
              'test',
              (function* () {
                for (let n = 0; n < 8; n++) yield* pauseOnce();
                yield* os.sleep(seconds(11));
                yield* pauseOnce();
              })(),
            );
          },
        }),
      }),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(pauses).toHaveLength(9);
  for (const [position, pauseUs] of pauses.entries()) {
    const leastUs = position === 8 ? ms(80) : Math.min(ms(80) * 2 ** position, seconds(2));
    expect(pauseUs).toBeGreaterThanOrEqual(leastUs);
    expect(pauseUs).toBeLessThan(2 * leastUs);
  }
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRun } from '../sim/index.ts';
import { createSeeker } from './seek.ts';
import { gossip } from './testing/gossip.ts';

/** The digest after every step of the run, straight through. */
const digests: string[] = [];
const straight = createRun(gossip());
digests.push(straight.digest);
straight.observe({ stepped: () => void digests.push(straight.digest) });
straight.advance();
const END = straight.step;

describe('a seeker', () => {
  test('stands at every step as a run that came there straight, whatever the order, tended or not', () => {
    const moves = fc.array(fc.record({ step: fc.nat({ max: END + 50 }), tend: fc.nat({ max: 300 }) }), { maxLength: 20 });
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 2, max: 6 }), (steps, interval, parkedMax) => {
        const seeker = createSeeker(gossip(), { interval, parkedMax });
        for (const { step, tend } of steps) {
          const run = seeker.at(step);
          expect(run.step).toBe(Math.min(step, END));
          expect(run.digest).toBe(digests[run.step]);
          seeker.tend(tend);
          expect(seeker.parkedAt.length).toBeLessThanOrEqual(parkedMax);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('comes to rest, with a run parked in every interval behind it', () => {
    const seeker = createSeeker(gossip(), { interval: 100, parkedMax: 30 });
    seeker.at(END);
    let turns = 0;
    while (seeker.tend(50)) expect(turns++).toBeLessThan(10_000);
    for (let from = 0; from + 100 <= END; from += 100) {
      expect(seeker.parkedAt.some((step) => step >= from && step < from + 100)).toBe(true);
    }
  });

  test('comes to rest with few runs as well', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.array(fc.nat({ max: END }), { minLength: 1, maxLength: 6 }),
        (parkedMax, steps) => {
          const seeker = createSeeker(gossip(), { interval: 10, parkedMax });
          for (const step of steps) {
            seeker.at(step);
            let turns = 0;
            while (seeker.tend(1_000)) expect(turns++).toBeLessThan(2_000);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('grown, goes back by re-executing less than an interval', () => {
    const seeker = createSeeker(gossip(), { interval: 100, parkedMax: 30 });
    seeker.at(END);
    for (let step = END - 1; step > END - 300; step -= 7) {
      while (seeker.tend(10_000));
      const nearest = Math.max(...seeker.parkedAt.filter((parked) => parked <= step));
      expect(step - nearest).toBeLessThan(200);
      expect(seeker.at(step).step).toBe(step);
    }
  });
});

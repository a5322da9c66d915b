import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Clock } from './clock.ts';

const drift = fc.integer({ min: -900_000, max: 2_000_000 });
const time = fc.integer({ min: 0, max: 2_000_000_000 });

test('monotonic time is whole and never goes back, whatever drifts follow on each other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000_000), drift), { maxLength: 20 }), (changes) => {
      const clock = new Clock();
      let trueUs = 0;
      let before = 0;
      for (const [laterUs, ppm] of changes) {
        trueUs += laterUs;
        const now = clock.monotonic(trueUs);
        expect(Number.isInteger(now)).toBe(true);
        expect(now).toBeGreaterThanOrEqual(before);
        clock.setDrift(trueUs, ppm);
        expect(clock.monotonic(trueUs)).toBe(now);
        before = now;
      }
    }),
  );
});

test('a timer never fires early by the clock it was set on, and at most one tick of it late', () => {
  fc.assert(
    fc.property(time, drift, fc.nat(10_000_000), (setUs, ppm, localUs) => {
      const clock = new Clock();
      clock.setDrift(0, ppm);
      const passed = clock.monotonic(setUs + clock.trueDelay(localUs)) - clock.monotonic(setUs);
      expect(passed).toBeGreaterThanOrEqual(localUs);
      expect(passed).toBeLessThanOrEqual(localUs + Math.ceil((1_000_000 + ppm) / 1_000_000) + 1);
    }),
  );
});

test('a step moves the wall and not the monotonic clock', () => {
  const clock = new Clock();
  clock.step(-5_000_000);
  expect([clock.wall(1_000), clock.monotonic(1_000)]).toEqual([-4_999_000, 1_000]);
});

test('a clock that would stand still is refused', () => {
  expect(() => new Clock().setDrift(0, -1_000_000)).toThrow('ppm');
});

import { expect, test } from 'vitest';
import { kind, ms, seconds, type Fault, type Os, type Program } from '../index.ts';
import { tinyRun } from '../testing/tiny-world.ts';

const count = kind<number>('test/count');
const tick = kind<null>('test/tick');

const SENT = 4_000;
const always = { from: 'a', to: 'b', at: 0 } as const;

/** How many of the numbers that `a` sends `b` hears not at all, once and twice. */
function heardTimes(faults: readonly Fault[]): readonly number[] {
  const heard = Array.from<number>({ length: SENT }).fill(0);
  const counting = (os: Os): Partial<Program> => ({
    start() {
      const next = (n: number): void => {
        os.send('b', count, n);
        if (n + 1 < SENT) os.after(ms(10), tick, () => next(n + 1));
      };
      next(0);
    },
  });
  const run = tinyRun({
    programs: { a: counting, b: () => ({ receive: (_from, _kind, n) => void (heard[n as number] as number)++ }) },
    faults,
    healAtUs: seconds(100),
    endUs: seconds(101),
  });
  run.advance();
  return [0, 1, 2].map((times) => heard.filter((one) => one === times).length);
}

test('of a lost datagram the copy may still arrive, and of two copies each is lost for itself', () => {
  const [never, once, twice] = heardTimes([
    { ...always, do: 'lose', percent: 50 },
    { ...always, do: 'duplicate', percent: 50 },
  ]) as [number, number, number];
  // Half are doubled: a quarter of these and half of the others are lost, a quarter of these comes twice.
  expect(never / SENT).toBeCloseTo(0.375, 1);
  expect(once / SENT).toBeCloseTo(0.5, 1);
  expect(twice / SENT).toBeCloseTo(0.125, 1);
});

test('where everything is lost no copy arrives either', () => {
  expect(
    heardTimes([
      { ...always, do: 'lose', percent: 100 },
      { ...always, do: 'duplicate', percent: 100 },
    ]),
  ).toEqual([SENT, 0, 0]);
});

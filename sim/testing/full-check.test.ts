import { expect, test } from 'vitest';
import { kind, ms, seconds, threeRegions, type Property, type RunSpec } from '../index.ts';
import { holdAgainstFullCheck } from './full-check.ts';
import { sameDigestWithoutObservers } from './observers-off.ts';

const count = kind<{ readonly n: number }>('test/count', { describe: ({ n }) => `counts ${n}` });
const tick = kind<null>('test/tick');

/** Counted numbers stay below `limit`; `late` of them the incremental check lets pass. */
function below(limit: number, late = 0): Property {
  return {
    id: 'test/below',
    kind: 'always',
    title: 'counted numbers stay below the limit',
    monitor(report, _scene, keepEvidence) {
      const seen: number[] = [];
      return {
        sent(_from, _to, _kind, body) {
          const { n } = body as { n: number };
          if (keepEvidence) seen.push(n);
          if (n >= limit + late) report.violated(`${n} was sent`);
        },
        fullCheck: () => (seen.some((n) => n >= limit) ? 'a number reached the limit' : null),
      };
    },
  };
}

function counting(properties: readonly Property[]): RunSpec {
  return {
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties,
    healAtUs: seconds(1),
    endUs: seconds(2),
    build(world) {
      world.process({ name: 'sink', region: 'west', boot: () => ({ start: () => undefined }) });
      world.process({
        name: 'source',
        region: 'east',
        boot: (os) => {
          let n = 0;
          const next = (): void => {
            os.send('sink', count, { n: n++ });
            os.after(ms(10), tick, next);
          };
          return { start: next };
        },
      });
    },
  };
}

test('a property that agrees with its full check passes, whether it holds or not', () => {
  expect(holdAgainstFullCheck(counting([below(1_000)]), 7).verdict).toBe('ok');
  const broken = holdAgainstFullCheck(counting([below(20)]), 7);
  expect(broken.verdict).toBe('violation');
  expect(broken.broken.get('test/below')).toBe('20 was sent');
});

test('an incremental check that sees less than the full check is refused', () => {
  expect(() => holdAgainstFullCheck(counting([below(20, 5)]), 1)).toThrow(/step by step it holds, from scratch it is broken/);
});

test('a property without a full check is refused', () => {
  const claim = below(20);
  const without: Property = { ...claim, monitor: () => ({}) };
  expect(() => holdAgainstFullCheck(counting([without]))).toThrow('has no fullCheck');
});

test('observers leave the digest alone, and one that acts is found out', () => {
  expect(sameDigestWithoutObservers(counting([below(1_000)])).verdict).toBe('ok');
  const meddling: Property = {
    id: 'test/meddling',
    kind: 'always',
    title: 'draws from a stream of the run',
    monitor: (_report, scene) => ({ sent: () => void scene.processes()[0]?.random('meddling').int32() }),
  };
  expect(() => sameDigestWithoutObservers(counting([meddling]))).toThrow('observers changed the run');
});

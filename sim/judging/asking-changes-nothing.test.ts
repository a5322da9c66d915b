import { expect, test } from 'vitest';
import { kind, ms, seconds, threeRegions, type Os, type Program, type Property, type Topology } from '../index.ts';
import { sameDigestWithoutObservers } from '../testing/observers-off.ts';
import { tinySpec } from '../testing/tiny-world.ts';

const dial = kind<null>('test/dial');
const CALLERS = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8'];

function hub(): Partial<Program> {
  return { accept: () => ({ message: () => undefined, closed: () => undefined }) };
}

function caller(os: Os): Partial<Program> {
  return {
    start: () => void os.after(ms(10), dial, () => void os.connect('hub', { message: () => undefined, closed: () => undefined })),
  };
}

/** Asks who can talk before anybody has, in an order of its own. */
const curious: Property = {
  id: 'test/curious',
  kind: 'always',
  title: 'asks whether processes can talk',
  monitor: (_report, scene) => ({
    passed: () => {
      for (const name of [...CALLERS].reverse()) scene.connected(name, 'hub');
    },
  }),
};

test('an observer that asks whether two processes can talk leaves the digest alone', () => {
  const { regions } = threeRegions();
  const even = { baseUs: ms(1), jitterUs: 0 };
  const topology: Topology = { ...threeRegions(), latency: regions.map(() => regions.map(() => even)) };
  for (let seed = 1; seed <= 4; seed++) {
    const run = sameDigestWithoutObservers(
      tinySpec({
        seed,
        topology,
        properties: [curious],
        // Lifted when some ends have given up and others have not: the news of that arrive at the hub in one instant.
        faults: [{ at: ms(100), do: 'partition', from: 'p*', to: 'hub', for: topology.keepaliveUs + ms(150) }],
        healAtUs: seconds(5),
        endUs: seconds(6),
        programs: { hub, ...Object.fromEntries(CALLERS.map((name) => [name, caller])) },
      }),
    );
    expect(run.verdict).toBe('ok');
  }
});

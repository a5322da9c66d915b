import { expect, test } from 'vitest';
import { createRun, kind, ms, seconds, type Kind, type Program } from '../../../sim/index.ts';
import { testDesign } from '../testing/world.ts';
import { RaftNode } from './node.ts';
import type { StateMachine } from './state-machine.ts';

const proposeKind: Kind<null> = kind<null>('test/propose', { describe: () => 'proposes again' });
const EVERY = 5;

test('a member whose machine came back with all that it may hold before the next snapshot takes that one first', () => {
  /** What the machine has on its disk: every entry at once. */
  let kept = 0;
  const run = createRun({
    seed: 1,
    topology: {
      regions: ['room'],
      latency: [[{ baseUs: 400, jitterUs: 0 }]],
      bandwidthMbps: 1_000,
      queueUs: ms(100),
      keepaliveUs: ms(500),
      retransmitUs: ms(20),
    },
    faults: [{ do: 'crash', at: seconds(1), target: 'member', for: ms(10) }],
    properties: [],
    healAtUs: seconds(2),
    endUs: seconds(3),
    build(world) {
      world.process({
        name: 'member',
        region: 'room',
        boot(os): Program {
          const image = { state: null, bytes: 100, hash: 0 };
          const machine: StateMachine = {
            recover: (_snapshot, done) => done(kept),
            apply: ({ index }) => void (kept = index),
            snapshot: () => image,
            // The first life ends before a snapshot is durable.
            persist: (done) => void (os.incarnation > 1 && done()),
            image: () => image,
            restore: () => undefined,
          };
          const node = new RaftNode({
            os,
            id: 1,
            members: new Map([[1, 'member']]),
            machine,
            design: { ...testDesign, snapshotEveryEntries: EVERY },
            defects: new Set(),
          });
          const propose = (): void => {
            node.propose(null, 100, 0, '');
            os.after(ms(20), proposeKind, propose);
          };
          return {
            start() {
              node.start();
              propose();
            },
            receive: (from, what, body) => void node.receive(from, what, body),
            inspect: () => node.inspect(),
          };
        },
      });
    },
  });
  while (run.nowUs < seconds(1) && run.verdict === null) run.advance(run.step + 1);
  expect(kept).toBe(2 * EVERY);
  run.advance();
  expect(run.failure).toBeNull();
  expect(kept).toBeGreaterThan(50);
});

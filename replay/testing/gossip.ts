/** A small system for tests of recordings: processes that send numbers around, and a property that a large number breaks. */
import { kind, ms, seconds, threeRegions, type Fault, type Property, type RunSpec } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';

const rumour = kind<number>('test/rumour', { describe: (heard) => `rumour ${heard}` });
const tick = kind<null>('test/tick');

export interface GossipOptions {
  readonly seed?: number;
  readonly faults?: readonly Fault[];
  /** A rumour larger than this violates the property. */
  readonly limit?: number;
}

const NAMES = ['a', 'b', 'c'] as const;
export const HEAL_US = seconds(1);
export const END_US = seconds(2);
export const usualFaults: readonly Fault[] = [{ at: ms(100), do: 'pause', target: 'b', for: ms(50) }];

/** Each process tells a drawn peer a number larger than the last it heard, every few milliseconds. */
export function gossip({ seed = 1, faults = usualFaults, limit = Infinity }: GossipOptions = {}): RunSpec {
  const topology = threeRegions();
  return {
    seed,
    topology,
    faults,
    properties: [small(limit)],
    healAtUs: HEAL_US,
    endUs: END_US,
    build(world) {
      for (const [i, name] of NAMES.entries()) {
        world.process({
          name,
          region: topology.regions[i] as string,
          boot(os) {
            let heard = 0;
            const draws = os.random('peer');
            const peers = NAMES.filter((peer) => peer !== name);
            const tell = (): void => {
              os.send(draws.pick(peers), rumour, heard + 1);
              os.after(ms(draws.between(2, 9)), tick, tell);
            };
            return {
              start: tell,
              receive: (_from, _kind, body) => void (heard = Math.max(heard, body as number)),
              inspect: () => ({ heard }),
            };
          },
        });
      }
    },
  };
}

function small(limit: number): Property {
  return {
    id: 'test/small',
    kind: 'always',
    title: 'no rumour is large',
    monitor: (report) => ({
      stepped(event) {
        if (event.kind === rumour && (event.body as number) > limit) report.violated(`rumour ${event.body as number}`);
      },
    }),
  };
}

export function gossipInputs({ seed = 1, faults = usualFaults }: GossipOptions = {}): Inputs {
  return {
    scenario: 'gossip',
    userFile: null,
    seed,
    design: { size: 3 },
    defects: [],
    topology: threeRegions(),
    faults,
    workload: [{ at: 5, client: 'nobody' }],
    healAtUs: HEAL_US,
    endUs: END_US,
    interventions: [],
  };
}

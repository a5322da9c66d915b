import { expect, test } from 'vitest';
import { createRun, ms, RpcServer, seconds, threeRegions, type Boot, type Fault, type Micros } from '../../sim/index.ts';
import { noDefects, type DefectSet } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import { reportMethod } from '../regions/gateway-methods.ts';
import { VantagePoints } from './vantage-points.ts';

/** Of one workload. */
interface Sight {
  readonly alive: boolean;
  readonly sequence: number;
}

interface Options {
  readonly faults?: readonly Fault[];
  readonly defects?: DefectSet;
  /** Asked until then; always when absent. */
  readonly asksUntilUs?: Micros;
}

const { healthCheckUs } = defaultDesign;
const REGIONS = ['east', 'west', 'north'];
const LAST_US = seconds(9);

/**
 * Asks three gateways, of which each sees `w1` as it is told, once in an interval, and all see it dead for another service. Returns whether it looks dead before each
 * question, and what it holds at the end.
 */
function look(
  sights: readonly Sight[],
  { faults = [], defects = noDefects, asksUntilUs = LAST_US }: Options = {},
): { readonly dead: readonly boolean[]; readonly sequence: number } {
  const dead: boolean[] = [];
  let sequence = 0;
  const gateways = REGIONS.map((region) => `gateway-${region}`);
  const gateway =
    (sight: Sight): Boot =>
    () => {
      const server = new RpcServer();
      server.handle(reportMethod, (_, reply) =>
        reply.ok({
          backends: [
            { service: 's', workload: 'w1', ...sight },
            { service: 's', workload: 'w2', alive: false, sequence: 99 },
            { service: 's2', workload: 'w1', alive: false, sequence: 98 },
          ],
        }),
      );
      return { start: () => undefined, accept: (connection) => server.accept(connection) };
    };
  const looker: Boot = (os) => {
    const vantage = new VantagePoints(os, gateways, defaultDesign, defects);
    const watch = function* () {
      while (os.monotonicUs() < LAST_US) {
        dead.push(vantage.looksDead('s', 'w1'));
        sequence = vantage.sequenceOf('s', 'w1');
        if (os.monotonicUs() < asksUntilUs) vantage.ask();
        yield* os.sleep(healthCheckUs);
      }
    };
    return { start: () => void os.spawn('watch', watch()) };
  };
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults,
    properties: [],
    healAtUs: LAST_US,
    endUs: LAST_US + ms(500),
    build: (world) => {
      for (const [at, region] of REGIONS.entries())
        world.process({ name: `gateway-${region}`, region, boot: gateway(sights[at] as Sight) });
      world.process({ name: 'looker', region: 'east', boot: looker });
    },
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  return { dead, sequence };
}

const alive = (sequence: number): Sight => ({ alive: true, sequence });
const silent = (sequence: number): Sight => ({ alive: false, sequence });

test('who looks dead to most of them looks dead, and holds what the best informed has seen', () => {
  const { dead, sequence } = look([silent(3), alive(7), silent(5)]);
  expect(dead[0]).toBe(false);
  expect(new Set(dead.slice(1))).toEqual(new Set([true]));
  expect(sequence).toBe(7);
});

test('who looks dead to one of three lives, unless by defect failover-by-one-vantage-point', () => {
  expect(look([alive(3), silent(3), alive(3)]).dead.at(-1)).toBe(false);
  expect(look([alive(3), silent(3), alive(3)], { defects: new Set(['failover-by-one-vantage-point']) }).dead.at(-1)).toBe(true);
});

test('a gateway that says nothing does not count for the death of anybody', () => {
  const faults: Fault[] = [{ at: 0, do: 'crash', target: 'gateway-west' }];
  expect(look([alive(1), silent(1), silent(1)], { faults }).dead.at(-1)).toBe(false);
  expect(look([silent(1), silent(1), silent(1)], { faults }).dead.at(-1)).toBe(true);
});

test('what was seen more than three intervals ago says nothing any more', () => {
  const { dead, sequence } = look([silent(4), silent(4), silent(4)], { asksUntilUs: 3 * healthCheckUs });
  // Asked for the last time at two intervals.
  expect(dead.lastIndexOf(true)).toBe(5);
  expect(dead.at(-1)).toBe(false);
  expect(sequence).toBe(0);
});

test('one gateway that hangs keeps nobody from asking the others', () => {
  const faults: Fault[] = [{ at: 0, do: 'pause', target: 'gateway-east', for: LAST_US - 1 }];
  expect(look([alive(0), silent(0), silent(0)], { faults }).dead.slice(2)).not.toContain(false);
});

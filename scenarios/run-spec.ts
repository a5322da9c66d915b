/** From a scenario and a seed to an explicit plan, and from the plan to a run: a recording holds the plan and needs no draw. */
import { defaultDesign, type Design } from '../model/design.ts';
import type { Intent } from '../model/intent.ts';
import { buildPlatform, platformTopology } from '../model/platform.ts';
import { canonical } from '../replay/value-hash.ts';
import { Streams, type Fault, type Micros, type RunSpec, type Topology } from '../sim/index.ts';
import type { Draw, Scenario } from './define-scenario.ts';
import { platformWorkload } from './platform-workload.ts';
import { allProperties } from './properties.ts';

export interface RunRequest {
  readonly scenario: Scenario;
  /** 0 … 2^53−1. */
  readonly seed: number;
  /** Values that differ from the scenario's design. */
  readonly design?: Partial<Design>;
  /** Ids of defects to switch on. */
  readonly defects?: readonly string[];
}

/** All that decides a run, as plain data, beside the scenario's own code. */
export interface Plan {
  readonly seed: number;
  readonly design: Design;
  readonly defects: readonly string[];
  readonly topology: Topology;
  readonly faults: readonly Fault[];
  readonly workload: readonly Intent[];
  readonly healAtUs: Micros;
  readonly endUs: Micros;
}

/** Draws the plan. Throws a RangeError when the seed is none. */
export function plan({ scenario, seed, design, defects }: RunRequest): Plan {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed: ${seed} is not an integer from 0 to 2^53-1`);
  const streams = new Streams(seed);
  const chosen: Design = { ...defaultDesign, ...scenario.design, ...design };
  const draw: Draw = { seed, design: chosen, stream: (name) => streams.stream(`plan/${name}`) };
  const { faults = [], workload = (usual: Draw) => platformWorkload(usual, scenario.healAtUs) } = scenario;
  const [drawnFaults, drawnWorkload] = [typeof faults === 'function' ? faults(draw) : faults, typeof workload === 'function' ? workload(draw) : workload];
  refusePromise('faults', drawnFaults);
  refusePromise('workload', drawnWorkload);
  return {
    seed,
    design: chosen,
    defects: defects ?? [],
    topology: scenario.topology ?? platformTopology(chosen),
    // What would begin when all faults are over is no part of the run, and should not be shown as one.
    faults: drawnFaults.filter(({ at }) => at < scenario.healAtUs),
    workload: drawnWorkload,
    healAtUs: scenario.healAtUs,
    endUs: scenario.endUs,
  };
}

/** What to run. The plan may come from a recording, and may have been edited. */
export function runSpec(scenario: Scenario, chosen: Plan): RunSpec {
  const { seed, design, topology, healAtUs, endUs } = chosen;
  const [faults, workload] = [canonical(chosen.faults), canonical(chosen.workload)];
  const defects = new Set(chosen.defects);
  const setup = { seed, design, defects, workload };
  const { build = buildPlatform, properties: own = [], onlyTheseProperties } = scenario;
  return {
    seed,
    topology,
    build: (world) => refusePromise('build', build(world, setup)),
    faults,
    properties: onlyTheseProperties ? own : [...allProperties(design), ...own],
    healAtUs,
    endUs,
  };
}

/** What a promise would do later nobody waits for: the run would go on without it. */
function refusePromise(field: string, value: unknown): void {
  if (value instanceof Promise) throw new TypeError(`${field}: it returns a promise, but a simulation awaits nothing: make it a plain function`);
}

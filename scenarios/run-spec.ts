/** From a scenario and a seed to an explicit plan, and from the plan to a run: a recording holds the plan and needs no draw. */
import { defaultDesign, type Design } from '../model/design.ts';
import type { AnyIntent } from '../model/intent.ts';
import { buildPlatform, platformTopology, type PlatformOptions } from '../model/platform.ts';
import { canonical } from '../replay/value-hash.ts';
import {
  guarded,
  GuardError,
  InputError,
  Streams,
  type Fault,
  type Micros,
  type Property,
  type RunSpec,
  type Topology,
  type World,
} from '../sim/index.ts';
import type { Draw, Scenario, Setup } from './define-scenario.ts';
import { unknownName } from './nearest.ts';
import { platformWorkload } from './workload/platform-workload.ts';
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

/** Everything that determines a run, as plain data, apart from the scenario's own code. */
export interface Plan {
  readonly seed: number;
  readonly design: Design;
  readonly defects: readonly string[];
  readonly topology: Topology;
  readonly faults: readonly Fault[];
  readonly workload: readonly AnyIntent[];
  readonly healAtUs: Micros;
  readonly endUs: Micros;
}

/** Draws the plan. Throws a RangeError when the seed is not a valid one. */
export function plan({ scenario, seed, design, defects }: RunRequest): Plan {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed: ${seed} is not an integer from 0 to 2^53-1`);
  const streams = new Streams(seed);
  const drawing = (known: Design): Draw => ({ seed, design: known, stream: (name) => streams.stream(`plan/${name}`) });
  const {
    design: own = {},
    topology: place = platformTopology,
    faults = [],
    workload: wanted = (usual: Draw) => platformWorkload(usual, scenario.healAtUs),
  } = scenario;
  const ownDesign = drawn('design', own, drawing({ ...defaultDesign, ...design }));
  const chosen: Design = { ...defaultDesign, ...ownDesign, ...design };
  const draw = drawing(chosen);
  const topology = drawn('topology', place, draw);
  const workload = drawn('workload', wanted, { ...draw, topology });
  const drawnFaults = drawn('faults', faults, { ...draw, topology, workload });
  return {
    seed,
    design: chosen,
    defects: defects ?? [],
    topology,
    // A fault that would begin after all faults have ended is not part of the run, and should not be shown as if it were.
    // A fault whose time is not a number stays in, so that it is rejected later.
    faults: drawnFaults.filter(({ at }) => !(at >= scenario.healAtUs)),
    workload,
    healAtUs: scenario.healAtUs,
    endUs: scenario.endUs,
  };
}

/** The value of a scenario's field: the field itself, or what it draws. */
function drawn<T extends object, D extends Draw>(field: string, value: T | ((draw: D) => T), draw: D): T {
  const result = typeof value === 'function' ? fromSeedAlone(field, () => value(draw)) : value;
  refusePromise(field, result);
  return result;
}

/** Lets code of the scenario's draw: a run is a function of its seed, so that nothing else may have a say in it. */
function fromSeedAlone<T>(field: string, body: () => T): T {
  try {
    return guarded(body);
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    throw new InputError(
      `${field}: ${error.used} was used: nothing but the seed may decide (what is drawn comes from draw.stream)`,
      {
        cause: error,
      },
    );
  }
}

/** What to run. The plan may come from a recording, and may have been edited. */
export function runSpec(scenario: Scenario, chosen: Plan): RunSpec {
  const { seed, design, topology, healAtUs, endUs } = chosen;
  const [faults, workload] = [canonical(chosen.faults), canonical(chosen.workload)];
  const defects = new Set(chosen.defects);
  const setup = { seed, design, defects, topology, workload };
  return {
    seed,
    topology,
    build: (world) => buildWith(scenario, world, setup),
    faults,
    // Goals are reached after the heal: a run that ends with its faults is judged by `always` properties alone.
    properties: propertiesOf(scenario, design).filter(({ kind }) => kind !== 'eventually' || healAtUs < endUs),
    healAtUs,
    endUs,
  };
}

/** Builds the world, in which there must be whoever the workload is for: what nobody carries out would pass as done. */
function buildWith({ build = platform, workload }: Scenario, world: World, setup: Setup<AnyIntent>): void {
  const names = new Set<string>();
  const named: World = {
    ...world,
    process(options, startUs) {
      names.add(options.name);
      world.process(options, startUs);
    },
  };
  refusePromise('build', build(named, setup));
  // The usual workload is the platform's: a world without one leaves it aside.
  if (workload === undefined) return;
  const nobodys = setup.workload.findIndex(({ client }) => !names.has(client));
  if (nobodys < 0) return;
  const { client } = setup.workload[nobodys] as AnyIntent;
  throw new InputError(`workload[${nobodys}].client: ${unknownName('process', client, [...names])}`);
}

function platform(world: World, { workload, ...setup }: Setup<AnyIntent>): void {
  // Of a plan for the platform: drawn by `platformWorkload`, or checked by the schema of intents.
  buildPlatform(world, { ...setup, workload: workload as PlatformOptions['workload'] });
}

/** The properties that judge a run of a scenario. */
export function propertiesOf({ properties = [], onlyTheseProperties }: Scenario, design: Design): readonly Property[] {
  const own = typeof properties === 'function' ? fromSeedAlone('properties', () => properties(design)) : properties;
  return onlyTheseProperties ? own : [...allProperties(design), ...own];
}

/** Ids of the probes that a run of a scenario may hit. */
export function probesOf(scenario: Scenario, design: Design = defaultDesign): readonly string[] {
  return propertiesOf(scenario, design).flatMap(({ id, kind }) => (kind === 'sometimes' ? [id] : []));
}

/** Nobody awaits a promise: the run would go on without whatever it does later. */
function refusePromise(field: string, value: unknown): void {
  if (value instanceof Promise)
    throw new TypeError(`${field}: it returns a promise, but a simulation awaits nothing: make it a plain function`);
}

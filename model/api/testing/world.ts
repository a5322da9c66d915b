/** A small control plane for tests: three members of the store, API servers, and whatever a test puts beside them. */
import {
  createRun,
  seconds,
  threeRegions,
  type Boot,
  type Co,
  type Fault,
  type Micros,
  type Os,
  type Run,
  type Topology,
} from '../../../sim/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { storeMember } from '../../store/member/member.ts';
import { apiServer } from '../server.ts';

export interface ControlPlaneOptions {
  readonly seed?: number;
  readonly design?: Partial<Design>;
  readonly defects?: readonly string[];
  /** One for each name; `api-east-1` and `api-west-1` when absent. */
  readonly apiServers?: readonly string[];
  readonly faults?: readonly Fault[];
  readonly topology?: Partial<Topology>;
  /** Processes by name; their region is the second word of the name, or east. */
  readonly processes?: (design: Design) => Readonly<Record<string, Boot>>;
  readonly endUs?: Micros;
}

export const storeNames: readonly string[] = ['store-east-1', 'store-west-1', 'store-north-1'];
export const apiNames: readonly string[] = ['api-east-1', 'api-west-1'];

/** A run of it, at step 0. It has no properties of its own: a test looks at what its processes have learnt. */
export function controlPlane(options: ControlPlaneOptions): Run {
  const design: Design = { ...defaultDesign, storeMembers: 3, ...options.design };
  const defects = new Set(options.defects);
  const members = new Map(storeNames.map((name, position) => [position + 1, name]));
  const endUs = options.endUs ?? seconds(10);
  return createRun({
    seed: options.seed ?? 1,
    topology: { ...threeRegions(), ...options.topology },
    faults: options.faults ?? [],
    properties: [],
    healAtUs: endUs - 1,
    endUs,
    build: (world) => {
      const add = (name: string, boot: Boot): void => world.process({ name, region: regionOf(name), boot });
      for (const [id, name] of members) add(name, storeMember({ id, members, design, defects }));
      for (const name of options.apiServers ?? apiNames) add(name, apiServer({ storeEndpoints: storeNames, design, defects }));
      for (const [name, boot] of Object.entries(options.processes?.(design) ?? {})) add(name, boot);
    },
  });
}

function regionOf(name: string): string {
  const [, region = 'east'] = name.split('-');
  return ['east', 'west', 'north'].includes(region) ? region : 'east';
}

/** A process that does one thing after the other through the API, once the store has had time to elect a leader. */
export function script(body: (api: ApiClient, os: Os) => Co<void>, startUs: Micros = seconds(3)): Boot {
  return (os) => ({
    start() {
      const api = new ApiClient(os, apiNames, defaultDesign);
      os.spawn('script', begin(os, startUs, body(api, os)));
    },
  });
}

function* begin(os: Os, startUs: Micros, body: Co<void>): Co<void> {
  const waitUs = startUs - os.monotonicUs();
  if (waitUs > 0) yield* os.sleep(waitUs);
  yield* body;
}

/** Runs to the end, and throws what a program threw. */
export function runThrough(run: Run): Run {
  if (run.advance() === 'crashed') throw run.failure?.error;
  return run;
}

/**
 * Puts a class of state on either side of the boundary and measures what that costs, or which claim it breaks: the same
 * platform, workload and seeds, with the class on its default side and on the other one. `npm run boundary-table` makes
 * the table of docs/boundary.md of it.
 */
import { stateClasses, type Side, type StateClassId } from '../../model/api/state-classes.ts';
import { hasRegionalStores, REGIONAL_STORE } from '../../model/api/stores.ts';
import { noDefects } from '../../model/defect.ts';
import { defaultDesign, type Design } from '../../model/design.ts';
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { formatStamp } from '../../model/outside/regional/hybrid-clock.ts';
import { keptBoundary, type KeptVersion } from '../../model/outside/regional/kept.ts';
import { buildPlatform, OPERATORS, platformGroups, platformTopology, REGIONS } from '../../model/platform.ts';
import { BoundaryMeter } from '../../model/properties/platform/outside/boundary-meter.ts';
import { platformProperties } from '../../model/properties/platform/index.ts';
import { appliedBoundary, type AppliedEntry } from '../../model/raft/host/state-machine.ts';
import type { NodeAgentView } from '../../model/regions/node-agent.ts';
import type { StoreMemberView } from '../../model/store/member/member.ts';
import {
  createRun,
  ms,
  seconds,
  type Boundary,
  type Fault,
  type Micros,
  type Property,
  type Report,
  type Run,
} from '../../sim/index.ts';

export interface Measurement {
  readonly stateClass: StateClassId;
  readonly side: Side;
  /** Entries of the log, and their bytes, over all classes. */
  readonly entries: number;
  readonly entryBytes: number;
  /** Of each class, what was written outside. */
  readonly outsideWrites: Readonly<Record<StateClassId, number>>;
  /** Size of the store's state at the end: what a snapshot carries and a restart loads. */
  readonly stateBytes: number;
  /** What a member that was down for two seconds had to apply before it had what the others had when it came back. */
  readonly caughtUpEntries: number;
  /** How long operators' acknowledged writes took on average, and at most. */
  readonly meanWriteUs: Micros;
  readonly slowestWriteUs: Micros;
  /** Containers that serve at the end. */
  readonly serving: number;
}

/** Which claims break when regions are cut off, and how stale a region's view gets. */
export interface Trial {
  readonly stateClass: StateClassId;
  readonly side: Side;
  /** The claims that broke in any of the runs, in the order of the properties. */
  readonly broken: readonly string[];
  /** How long a region kept something that was replaced in another one, at most; 0: there is one story for all. */
  readonly disagreementUs: Micros;
  /** Containers that served at the end, all runs together: where none does, nothing could break. */
  readonly serving: number;
}

/**
 * Admission refuses nothing: an image that is too large for consensus would be pushed nowhere, and nothing would be
 * declared that breaks or costs anything.
 */
const unrefused: Partial<Design> = {
  maxObjectBytes: 1024 * 1024,
  writesPerSecond: Object.fromEntries(stateClasses.map(({ id }) => [id, 1_000])),
};

/** More observations than by default, so that their cost shows. */
const loaded: Partial<Design> = {
  ...unrefused,
  logLinesPerContainer: 120,
  telemetryBufferRecords: 2_000,
  telemetryFlushUs: seconds(1),
  statusEveryUs: ms(500),
  statusBlobBytes: 12 * 1024,
};

const HEAL_US = seconds(14);
const END_US = seconds(15);
const CRASH_US = seconds(9);
const MEMBER = 'store-west-2';

export function measure(stateClass: StateClassId, side: Side): Measurement {
  const design: Design = { ...defaultDesign, ...loaded, placements: { [stateClass]: side } };
  const faults: Fault[] = [{ at: CRASH_US, do: 'crash', target: MEMBER, for: seconds(2) }];
  const run = boundaryRun(design, 1, faults, []);
  const meter = new BoundaryMeter();
  const recovery = new RecoveryMeter(MEMBER);
  const writes = new WriteMeter(run);
  run.observe(meter);
  run.observe(recovery);
  if (run.advance() === 'crashed') throw run.failure?.error;
  const { store } = run.inspect(MEMBER).program as StoreMemberView;
  const total = (field: 'entries' | 'entryBytes'): number => meter.table.reduce((sum, account) => sum + account[field], 0);
  return {
    stateClass,
    side,
    entries: total('entries'),
    entryBytes: total('entryBytes'),
    outsideWrites: Object.fromEntries(meter.table.map((account) => [account.stateClass, account.outsideWrites])) as Record<
      StateClassId,
      number
    >,
    stateBytes: store.sizeBytes,
    caughtUpEntries: recovery.applied,
    meanWriteUs: writes.meanUs,
    slowestWriteUs: writes.slowestUs,
    serving: servingIn(run, design),
  };
}

/**
 * Each region in turn is cut off from the others for a while, or only what keeps the class from its like in other regions while
 * its API servers restart. `base`: values that differ from the default; all other classes stand where they usually do.
 */
export function tryWithCuts(stateClass: StateClassId, side: Side, base: Partial<Design> = {}): Trial {
  const design: Design = { ...defaultDesign, ...unrefused, ...base, placements: { [stateClass]: side } };
  const keeper = hasRegionalStores(design) ? REGIONAL_STORE : 'store';
  const broken = new Set<string>();
  const disagreement = new DisagreementMeter();
  let serving = 0;
  const properties = platformProperties(design).filter(({ kind }) => kind === 'always');
  for (const [position, region] of REGIONS.entries()) {
    const others = REGIONS.filter((other) => other !== region);
    const cuts = [
      others.map((other): Fault => ({ ...CUT, from: `region:${region}`, to: `region:${other}` })),
      [
        ...others.map((other): Fault => ({ ...CUT, from: `${keeper}-${region}*`, to: `${keeper}-${other}*` })),
        { ...RESTART, target: `api-${region}-*` },
      ],
    ];
    for (const faults of cuts) {
      const run = boundaryRun(
        design,
        1 + position,
        faults,
        properties.map((property) => noted(property, broken)),
      );
      disagreement.follow(run);
      if (run.advance() === 'crashed') throw run.failure?.error;
      serving += servingIn(run, design);
    }
  }
  return {
    stateClass,
    side,
    broken: properties.map(({ id }) => id).filter((id) => broken.has(id)),
    disagreementUs: disagreement.longestUs,
    serving,
  };
}

const CUT = { at: seconds(4), do: 'partition', for: seconds(7) } as const;
/** Meanwhile, so that whoever asked there turns to another region. */
const RESTART = { at: seconds(8), do: 'crash', for: seconds(1) } as const;

/** The property, whose breach is noted and does not end the run. */
function noted(property: Property, broken: Set<string>): Property {
  const report: Report = { violated: () => void broken.add(property.id), hit: () => undefined };
  return { ...property, monitor: (_, scene, keepEvidence) => property.monitor(report, scene, keepEvidence) };
}

function boundaryRun(design: Design, seed: number, faults: readonly Fault[], properties: readonly Property[]): Run {
  return createRun({
    seed,
    topology: platformTopology(),
    faults,
    properties,
    healAtUs: HEAL_US,
    endUs: END_US,
    build: (world) => buildPlatform(world, { design, defects: noDefects, workload: workload() }),
  });
}

/**
 * Operators of all regions declare, roll out and scale the same few deployments, all the time, and
 * take nodes out of service and back.
 */
function workload(): readonly Intent[] {
  const names = ['web', 'queue', 'search'];
  const intents: Intent[] = names.map((name, n) => ({
    at: ms(2_000 + 100 * n),
    client: OPERATORS[n] as string,
    operation: 'declare',
    arguments: { name, replicas: 3, image: referenceTo('registry/app', 'build-0') },
  }));
  intents.push({
    at: ms(2_400),
    client: OPERATORS[0] as string,
    operation: 'declare-service',
    arguments: { name: 'web', deployment: 'web', mode: 'balanced' },
  });
  intents.push({
    at: ms(2_450),
    client: OPERATORS[1] as string,
    operation: 'declare-service',
    arguments: { name: 'queue', deployment: 'queue', mode: 'primary' },
  });
  for (let n = 0; n < 40; n++) {
    const client = OPERATORS[n % 3] as string;
    const name = names[(n * 2) % 3] as string;
    const at = ms(3_000 + 250 * n);
    if (n % 5 === 4)
      intents.push({ at, client, operation: 'roll-out', arguments: { name, image: referenceTo('registry/app', `build-${n}`) } });
    else intents.push({ at, client, operation: 'scale', arguments: { name, replicas: 1 + (n % 4) } });
  }
  for (let n = 0; n < 16; n++) {
    // Each in its own region.
    const at = (n >> 1) % 3;
    intents.push({
      at: ms(3_600 + 500 * n),
      client: OPERATORS[at] as string,
      operation: n % 2 === 0 ? 'drain-node' : 'uncordon-node',
      arguments: { name: `node-${REGIONS[at]}-1` },
    });
  }
  return intents.sort((a, b) => a.at - b.at);
}

/** Containers that serve now. */
function servingIn(run: Run, design: Design): number {
  const views = platformGroups(design).nodes.map((node) => run.inspect(node).program as NodeAgentView | null);
  return views.flatMap((view) => view?.containers ?? []).filter(({ ready }) => ready).length;
}

/** What a member applies after a restart of what had been applied elsewhere by then. */
class RecoveryMeter {
  private readonly member: string;
  private newest = 0;
  private target = 0;
  applied = 0;

  constructor(member: string) {
    this.member = member;
  }

  sees(what: Boundary): boolean {
    return what === (appliedBoundary as Boundary);
  }

  started({ name, incarnation }: { readonly name: string; readonly incarnation: number }): void {
    if (name === this.member && incarnation === 2) this.target = this.newest;
  }

  crossed({ name }: { readonly name: string }, _what: Boundary, body: unknown): void {
    const { index } = body as AppliedEntry;
    if (index > this.newest) this.newest = index;
    if (name === this.member && index <= this.target) this.applied++;
  }
}

/** The time from a region's write until the last other region has it. */
class DisagreementMeter {
  longestUs: Micros = 0;

  follow(run: Run): void {
    const writtenUs = new Map<string, Micros>();
    run.observe({
      sees: (what) => what === (keptBoundary as Boundary),
      crossed: (_process, what, body) => {
        if (what !== (keptBoundary as Boundary)) return;
        const { how, version } = body as KeptVersion;
        const id = `${version.key} ${formatStamp(version.stamp)}`;
        const sinceUs = writtenUs.get(id);
        if (how === 'written') writtenUs.set(id, run.nowUs);
        else if (sinceUs !== undefined) this.longestUs = Math.max(this.longestUs, run.nowUs - sinceUs);
      },
    });
  }
}

/** How long operators waited for the writes that were acknowledged. */
class WriteMeter {
  private count = 0;
  private totalUs: Micros = 0;
  slowestUs: Micros = 0;

  constructor(run: Run) {
    run.history.listen({
      returned: ({ client, name, status, invokedUs, returnedUs }) => {
        if (!OPERATORS.includes(client) || name === 'read' || status !== 'ok') return;
        this.count++;
        this.totalUs += returnedUs - invokedUs;
        this.slowestUs = Math.max(this.slowestUs, returnedUs - invokedUs);
      },
    });
  }

  get meanUs(): Micros {
    return this.count === 0 ? 0 : Math.round(this.totalUs / this.count);
  }
}

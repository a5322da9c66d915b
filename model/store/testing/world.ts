/** A world of nothing but the store and its clients: where the member, its properties and its defects are tested. */
import {
  createRun,
  drawPlan,
  ms,
  seconds,
  Streams,
  threeRegions,
  type Fault,
  type FaultFamily,
  type Micros,
  type Property,
  type Run,
  type RunSpec,
  type Stream,
  type Topology,
} from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { storeProperties } from '../../properties/store/index.ts';
import { GUARDED_RESOURCE, guardedResource } from '../concurrency/guarded-resource.ts';
import { raftLeader } from '../group.ts';
import { storeMember, type StoreMemberView } from '../member/member.ts';
import {
  drawStoreWorkload,
  lockHolder,
  storeWorkloadClient,
  type StoreIntent,
  type StoreWorkload,
  type WorkloadClientView,
} from '../client/workload.ts';

export interface StoreWorldOptions {
  readonly seed: number;
  readonly members?: 3 | 5;
  /** Processes that idle: nobody adds them. Clients know of them all the same. */
  readonly spares?: number;
  readonly clients?: number;
  readonly defects?: readonly string[];
  readonly faults?: readonly Fault[];
  readonly properties?: readonly Property[];
  readonly design?: Partial<Design>;
  readonly topology?: Partial<Topology>;
  readonly perSecond?: number;
  readonly keys?: number;
  readonly shares?: StoreWorkload['shares'];
  /** What clients want; drawn when absent. */
  readonly intents?: readonly StoreIntent[];
  readonly healAtUs?: Micros;
  readonly endUs?: Micros;
}

export const HEAL_US = seconds(9);
export const END_US = seconds(24);

const regions = ['east', 'west', 'north'] as const;
/** Snapshots come often, so that many a restart and many a laggard meets one. */
const testDesign: Design = {
  ...defaultDesign,
  snapshotEveryEntries: 40,
  entriesBehindSnapshot: 10,
  compactEveryUs: seconds(2),
  keepRevisions: 40,
  watchResponseMaxBytes: 200,
};

/** Members and clients spread over three regions. Each client prefers the members of its own region. */
export function storeWorld(options: StoreWorldOptions): RunSpec {
  const { seed, clients = 4, healAtUs = HEAL_US } = options;
  const design: Design = { ...testDesign, storeMembers: options.members ?? 3, ...options.design };
  const defects = new Set(options.defects);
  const members = storeMembers(design.storeMembers);
  const processes = storeMembers(design.storeMembers + (options.spares ?? 0));
  const spares = [...processes.values()].slice(members.size);
  const names = clientNames(clients);
  const intents =
    options.intents ??
    drawStoreWorkload(new Streams(seed).stream('workload'), {
      clients: names,
      fromUs: ms(300),
      // Some of it after the heal: a store that recovers serves again.
      untilUs: healAtUs + seconds(8),
      perSecond: options.perSecond ?? 60,
      keys: options.keys ?? 6,
      ...(options.shares === undefined ? {} : { shares: options.shares }),
    });
  return {
    seed,
    topology: { ...threeRegions(), ...options.topology },
    faults: options.faults ?? [],
    properties: [...(options.properties ?? storeProperties(design)), ...(options.intents === undefined ? [served(names)] : [])],
    healAtUs,
    endUs: options.endUs ?? END_US,
    build(world) {
      for (const [id, name] of processes)
        world.process({
          name,
          region: regionOf(id),
          boot: storeMember({ id: members.has(id) ? id : 0, members, spares, design, defects }),
        });
      for (const [at, name] of names.entries()) {
        const boot = storeWorkloadClient({
          design,
          defects,
          endpoints: nearestFirst(processes, at + 1),
          intents: intents.filter(({ client }) => client === name),
        });
        world.process({ name, region: regionOf(at + 1), boot });
      }
      world.process({ name: GUARDED_RESOURCE, region: regionOf(members.size), boot: guardedResource(defects) });
      world.role('lock-holder', () => lockHolder(names.map((name) => [name, world.inspect(name) as WorkloadClientView | null])));
      world.role('raft-leader', () =>
        raftLeader([...members.values()].map((name) => world.inspect(name) as StoreMemberView | null)),
      );
    },
  };
}

/** The goal of a run: whatever struck it, every client is served again. */
function served(clients: readonly string[]): Property {
  return {
    id: 'store/served',
    kind: 'eventually',
    title: 'after the faults every client has a write acknowledged and a read answered',
    monitor: (_report, scene) => {
      let healedUs = Infinity;
      const missing = new Set(clients.flatMap((client) => [`${client}'s store/put`, `${client}'s store/range`]));
      scene.history().listen({
        returned: ({ client, name, status, invokedUs }) => {
          if (status === 'ok' && invokedUs >= healedUs) missing.delete(`${client}'s ${name}`);
        },
      });
      return {
        healed: (nowUs) => void (healedUs = nowUs),
        pending: () => (missing.size === 0 ? null : `no answer yet to any ${[...missing].join(', ')}`),
      };
    },
  };
}

/** Runs a world to its end. */
export function finish(spec: RunSpec): Run {
  const run = createRun(spec);
  run.advance();
  return run;
}

/** `ok`, or the verdict with what is wrong. */
export function outcome(run: Run): string {
  return `${run.verdict} ${run.violation?.property ?? ''} ${run.violation?.message ?? run.failure?.message ?? ''}`.trim();
}

function storeMembers(count: number): ReadonlyMap<number, string> {
  return new Map(Array.from({ length: count }, (_, at) => [at + 1, `store-${at + 1}`]));
}

function clientNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `client-${at + 1}`);
}

function regionOf(id: number): string {
  return regions[(id - 1) % regions.length]!;
}

function nearestFirst(members: ReadonlyMap<number, string>, client: number): readonly string[] {
  const near = [...members].filter(([id]) => regionOf(id) === regionOf(client));
  const far = [...members].filter(([id]) => regionOf(id) !== regionOf(client));
  return [...near, ...far].map(([, name]) => name);
}

export interface StoreFaultsOptions {
  readonly seed: number;
  readonly members: number;
  readonly clients?: number;
  readonly without?: readonly FaultFamily[];
}

/** A drawn plan of faults for the safety phase; the same for the same seed. */
export function drawStoreFaults({ seed, members, clients = 4, without = [] }: StoreFaultsOptions): readonly Fault[] {
  const place = (name: string, at: number): { name: string; region: string } => ({ name, region: regionOf(at + 1) });
  return drawPlan(new Streams(seed).stream('plan'), {
    groups: [
      { name: 'store', members: [...storeMembers(members).values()].map(place), quorum: true, weight: 4 },
      { name: 'clients', members: clientNames(clients).map(place) },
    ],
    healAtUs: HEAL_US,
    roles: ['raft-leader'],
    without,
  });
}

/** Instants until the heal, between one and two pauses apart. */
function* drawTimes(stream: Stream, pauseUs: Micros): Generator<Micros> {
  for (let at = ms(1_500); at < HEAL_US; at += pauseUs + stream.below(pauseUs)) yield at;
}

/** Leaders that lose touch with the other members but not with their clients, one after the other. */
export function cutOffLeaders(seed: number): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  return [...drawTimes(stream, ms(2_000))].map((at) => ({
    do: 'partition',
    at,
    from: 'role:raft-leader',
    to: 'store-*',
    for: ms(1_200) + stream.below(2_000_000),
  }));
}

/** Members that lose touch with the others but not with their clients, so long that only a snapshot brings them back. */
export function cutOffMembers(seed: number, members: number): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  return [...drawTimes(stream, ms(1_600))].map((at) => ({
    do: 'partition',
    at,
    from: `store-${stream.between(1, members)}`,
    to: 'store-*',
    for: ms(1_400) + stream.below(1_000_000),
  }));
}

/** Leaders whose disks stand still while the others commit without them. */
export function stallLeaders(seed: number): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  return [...drawTimes(stream, ms(600))].map((at) => ({
    do: 'stall-disk',
    at,
    target: 'role:raft-leader',
    for: ms(300) + stream.below(400_000),
  }));
}

/** Holders of locks and other clients that stand still for longer than their leases. Their connections live on. */
export function pauseClients(seed: number, clients = 4): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  return [...drawTimes(stream, ms(1_300))].map((at) => ({
    do: 'pause',
    at,
    target: stream.percent(60) ? 'role:lock-holder' : `client-${stream.between(1, clients)}`,
    for: ms(2_500) + stream.below(3_000_000),
  }));
}

/**
 * Members that lose power, again and again and one after the other, while disks are slow: many
 * strike between a write and its sync.
 */
export function crashMembers(seed: number, members: number): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  const slow: Fault = { do: 'slow-disk', at: 0, target: 'store-*', factor: stream.between(2, 12), for: HEAL_US };
  return [
    slow,
    ...[...drawTimes(stream, ms(500))].map((at): Fault => ({
      do: 'crash',
      at,
      target: `store-${stream.between(1, members)}`,
      for: ms(50) + stream.below(200_000),
    })),
  ];
}

/** Members that lose touch until only a snapshot brings them back, and lose power soon after that; their disks are slow. */
export function cutOffThenCrash(seed: number, members: number): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  const slow: Fault = { do: 'slow-disk', at: 0, target: 'store-*', factor: stream.between(16, 32), for: HEAL_US };
  const faults = [...drawTimes(stream, ms(1_300))].flatMap((at): Fault[] => {
    const target = `store-${stream.between(1, members)}`;
    const cutUs = ms(900) + stream.below(600_000);
    return [
      { do: 'partition', at, from: target, to: 'store-*', for: cutUs },
      { do: 'crash', at: at + cutUs + ms(500) + stream.below(300_000), target, for: ms(30) },
    ];
  });
  return [slow, ...faults].toSorted((a, b) => a.at - b.at);
}

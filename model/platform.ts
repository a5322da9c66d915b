/** The whole platform: three regions that share one control plane, and the cloud provider outside of it. */
import {
  ms,
  seconds,
  threeRegions,
  type Boot,
  type Latency,
  type ProcessOptions,
  type Topology,
  type World,
} from '../sim/index.ts';
import { apiServer } from './api/server.ts';
import { hasRegionalStores, REGIONAL_STORE } from './api/stores.ts';
import { garbageCollector } from './controllers/garbage-collector.ts';
import type { ControllerInspection } from './controllers/machinery/controller.ts';
import { deployer } from './controllers/deployer.ts';
import { endpointsController } from './controllers/endpoints.ts';
import { failover } from './controllers/failover.ts';
import { lifecycle } from './controllers/node-lifecycle/node-lifecycle.ts';
import { planner } from './controllers/planner.ts';
import {
  CONTROLLER_ROLES,
  controllerRole,
  type ControllerOptions,
  type ControllerRole,
} from './controllers/machinery/options.ts';
import { provisioner } from './controllers/provisioner.ts';
import { scheduler } from './controllers/scheduler.ts';
import type { DefectSet } from './defect.ts';
import type { Design } from './design.ts';
import type { Intent } from './intent.ts';
import { ARTIFACTS, artifactRegistry } from './outside/artifacts/registry.ts';
import { STATUS_STORE, statusStore } from './outside/status/status-store.ts';
import { TELEMETRY, telemetryCollector } from './outside/telemetry/collector.ts';
import { addRegionalStores } from './outside/regional/group.ts';
import { cloudProvider } from './outside/cloud.ts';
import { dnsProvider } from './outside/dns/dns.ts';
import { DASHBOARD, dashboard } from './regions/dashboard.ts';
import { DAEMONS, daemons } from './regions/daemons.ts';
import { enactor } from './regions/enactor.ts';
import { gateway } from './regions/gateway.ts';
import { nodeAgent, type NodeAgentView } from './regions/node-agent.ts';
import { operator } from './regions/operator.ts';
import { user } from './regions/user.ts';
import { isMemberIntent, STORE_OPERATOR, storeOperator, type MemberIntent } from './store/client/member-operator.ts';
import { storeMember, type StoreMemberView } from './store/member/member.ts';

export interface PlatformOptions {
  readonly design: Design;
  readonly defects: DefectSet;
  /** What operators do, those of the store's group among them. */
  readonly workload: readonly (Intent | MemberIntent)[];
}

/** Names of the processes that faults may strike, by what they are. */
export interface PlatformGroups {
  readonly store: readonly string[];
  /** Processes of the store that idle until they are added. */
  readonly spares: readonly string[];
  readonly api: readonly string[];
  readonly controllers: readonly string[];
  readonly nodes: readonly string[];
  /** What keeps the state that stands outside of consensus, in every region. */
  readonly outside: readonly string[];
  readonly gateways: readonly string[];
  /** What puts DNS plans into force, one in each region. */
  readonly enactors: readonly string[];
  /** What runs on nodes and follows the workloads, all of a region as one; none where a design has none. */
  readonly daemons: readonly string[];
}

export const REGIONS = ['east', 'west', 'north'] as const;
/** Where the cloud provider lives: no fault of the three regions reaches it. */
export const OUTSIDE_REGION = 'outside';
export const CLOUD = 'cloud';
/** The provider's DNS lives there as well. */
export const DNS = 'dns';
/** One in each region, in the order of {@link REGIONS}. */
export const OPERATORS: readonly string[] = ['operator-1', 'operator-2', 'operator-3'];

/** Members in each region: no region holds a majority. */
const storeSpread: Readonly<Record<Design['storeMembers'], readonly number[]>> = { 3: [1, 1, 1], 5: [2, 2, 1], 7: [3, 2, 2] };

/** In the names of spares of the store: `store-north-spare-1`. */
export const SPARE = 'spare';
const SPARE_REGIONS: readonly string[] = ['north', 'west', 'east'];

/** Replicas stand in these regions, the first first: a region lost takes one of each controller at most. */
const controllerRegions: Readonly<Record<ControllerRole, readonly string[]>> = {
  deployer: ['east', 'west', 'north'],
  scheduler: ['west', 'east', 'north'],
  lifecycle: ['north', 'west', 'east'],
  provisioner: ['west', 'north', 'east'],
  endpoints: ['north', 'east', 'west'],
  failover: ['north', 'west', 'east'],
  planner: ['west', 'east', 'north'],
  collector: ['west', 'east', 'north'],
};

const START_SPREAD_US = ms(40);

/** Connections outlive leases, as in Kubernetes (45 s and 15 s): else nothing of an old leader's would arrive after its time. */
const KEEPALIVE_US = seconds(8);

/** The three regions of the kernel, and a fourth place for what lies outside of them. */
export function platformTopology(): Topology {
  const inside = threeRegions(['east', 'west', 'north']);
  const away: Latency = { baseUs: ms(9), jitterUs: ms(2) };
  return {
    ...inside,
    keepaliveUs: KEEPALIVE_US,
    regions: [...inside.regions, OUTSIDE_REGION],
    latency: [...inside.latency.map((row) => [...row, away]), [away, away, away, { baseUs: 250, jitterUs: 60 }]],
  };
}

export function platformGroups(design: Design): PlatformGroups {
  return {
    store: spread('store', storeSpread[design.storeMembers]),
    spares: Array.from(
      { length: design.storeSpares },
      (_, n) => `store-${SPARE_REGIONS[n % SPARE_REGIONS.length]}-${SPARE}-${n + 1}`,
    ),
    api: spread(
      'api',
      REGIONS.map(() => design.apiServersPerRegion),
    ),
    controllers: CONTROLLER_ROLES.flatMap((role) => replicas(role, controllerRegions[role], design)),
    nodes: spread(
      'node',
      REGIONS.map(() => design.nodesPerRegion),
    ),
    gateways: inEachRegion('gateway'),
    enactors: inEachRegion('enactor'),
    daemons: design.daemonsPerRegion > 0 ? inEachRegion(DAEMONS) : [],
    outside: [
      ...inEachRegion(ARTIFACTS),
      ...inEachRegion(TELEMETRY),
      ...inEachRegion(STATUS_STORE),
      ...(hasRegionalStores(design) ? inEachRegion(REGIONAL_STORE) : []),
    ],
  };
}

/** What the parts of a platform are made of. */
interface Parts extends PlatformOptions {
  readonly groups: PlatformGroups;
  readonly add: (name: string, region: string, boot: ProcessOptions['boot']) => void;
}

/**
 * Adds all processes and the roles `raft-leader` and, for each controller, `<role>-leader` to
 * a world of {@link platformTopology}.
 */
export function buildPlatform(world: World, options: PlatformOptions): void {
  const parts: Parts = { ...options, groups: platformGroups(options.design), add: adder(world) };
  addStore(parts);
  addProviders(parts);
  addControlPlane(parts);
  addRegions(parts);
  addOperators(parts);
  addOutside(world, parts);
  addStoreOperator(parts);
  nameRoles(world, parts.groups);
}

function addStore({ groups: { store, spares }, add, design, defects }: Parts): void {
  const members = new Map(store.map((name, position) => [position + 1, name]));
  for (const [id, name] of members) add(name, regionOf(name), storeMember({ id, members, spares, design, defects }));
  for (const name of spares) add(name, regionOf(name), storeMember({ id: 0, members, spares, design, defects }));
}

/** Who belongs to somebody else, and knows nothing of the platform. */
function addProviders({ add, design, defects }: Parts): void {
  add(CLOUD, OUTSIDE_REGION, cloudProvider({ design, defects }));
  add(DNS, OUTSIDE_REGION, dnsProvider());
}

function addControlPlane({ groups: { store, spares, api, controllers, gateways }, add, design, defects }: Parts): void {
  const storeEndpoints = [...store, ...spares];
  for (const name of api)
    add(name, regionOf(name), apiServer({ storeEndpoints, collectors: inEachRegion(TELEMETRY), design, defects }));
  for (const name of controllers) add(name, regionOf(name), controllerOf(name, gateways, { design, defects, apiEndpoints: api }));
}

/** What runs workloads, routes users to them, and the users themselves. */
function addRegions({ groups: { api, gateways, enactors, nodes }, add, design, defects, workload }: Parts): void {
  for (const name of gateways) add(name, regionOf(name), gateway({ apiEndpoints: api, design, defects }));
  for (const name of enactors) add(name, regionOf(name), enactor({ apiEndpoints: api, dns: DNS, design, defects }));
  const services = servicesOf(workload);
  for (const region of REGIONS) add(`user-${region}`, region, user({ dns: DNS, services, design }));
  const tellsTo = {
    registries: inEachRegion(ARTIFACTS),
    collectors: inEachRegion(TELEMETRY),
    statusStores: inEachRegion(STATUS_STORE),
    cloud: CLOUD,
  };
  for (const name of nodes)
    add(name, regionOf(name), nodeAgent({ region: regionOf(name), apiEndpoints: api, ...tellsTo, design, defects }));
}

function addOperators({ groups: { api }, add, design, defects, workload }: Parts): void {
  for (const [position, name] of OPERATORS.entries()) {
    const intents = workload.filter((intent): intent is Intent => intent.client === name && !isMemberIntent(intent));
    add(
      name,
      REGIONS[position] as string,
      operator({ apiEndpoints: api, registries: inEachRegion(ARTIFACTS), intents, design, defects }),
    );
  }
}

/** The places outside of consensus, and who reads there. */
function addOutside(world: World, { groups: { api, nodes, daemons: followers }, add, design, defects }: Parts): void {
  const registries = inEachRegion(ARTIFACTS);
  for (const name of registries)
    add(name, regionOf(name), artifactRegistry({ peers: registries.filter((other) => other !== name), defects }));
  for (const name of inEachRegion(TELEMETRY)) add(name, regionOf(name), telemetryCollector({ design, defects }));
  const statusStores = inEachRegion(STATUS_STORE);
  for (const name of statusStores)
    add(name, regionOf(name), statusStore({ peers: statusStores.filter((other) => other !== name), design, defects }));
  if (hasRegionalStores(design)) addRegionalStores(world, REGIONS, design, defects);
  for (const name of followers) add(name, regionOf(name), daemons({ apiEndpoints: api, design, defects }));
  const places = { collectors: inEachRegion(TELEMETRY), statusStores };
  for (const name of inEachRegion(DASHBOARD)) add(name, regionOf(name), dashboard({ apiEndpoints: api, places, nodes, design }));
}

function addStoreOperator({ groups: { store, spares }, add, design, workload }: Parts): void {
  const changes = workload.filter(isMemberIntent);
  if (changes.length > 0)
    add(
      STORE_OPERATOR,
      REGIONS[0],
      storeOperator({ members: store, spares, intents: changes, requestUs: design.storeRequestUs, isCareful: true }),
    );
}

function nameRoles(world: World, { store, spares, nodes, controllers }: PlatformGroups): void {
  world.role('raft-leader', () => raftLeader([...store, ...spares], world));
  world.role('primary', () => primaryNode(nodes, world));
  for (const kind of ['gateway', 'user']) world.role(`primary-${kind}`, () => besidePrimary(kind, nodes, world));
  for (const role of CONTROLLER_ROLES) world.role(`${role}-leader`, () => controllerLeader(role, controllers, world));
}

function controllerOf(name: string, gateways: readonly string[], options: ControllerOptions): Boot {
  switch (controllerRole(name)) {
    case 'deployer':
      return deployer(options);
    case 'scheduler':
      return scheduler(options);
    case 'lifecycle':
      return lifecycle({ ...options, regions: REGIONS.slice(0, options.design.joinedRegions) });
    case 'endpoints':
      return endpointsController(options);
    case 'failover':
      return failover({ ...options, gateways });
    case 'planner':
      return planner({ ...options, dns: DNS });
    case 'collector':
      return garbageCollector(options);
    case 'provisioner':
      return provisioner({ ...options, cloud: CLOUD });
    case null:
      throw new TypeError(`${name} serves no controller's role`);
  }
}

function inEachRegion(role: string): readonly string[] {
  return REGIONS.map((region) => `${role}-${region}`);
}

/** Names of the services that operators will declare: what users have heard of. */
function servicesOf(workload: PlatformOptions['workload']): readonly string[] {
  return [...new Set(workload.flatMap((intent) => (intent.operation === 'declare-service' ? [intent.arguments.name] : [])))];
}

/** Machines do not come up in one instant. */
function adder(world: World): (name: string, region: string, boot: ProcessOptions['boot']) => void {
  let count = 0;
  return (name, region, boot) => world.process({ name, region, boot }, (count++ * 7_919) % START_SPREAD_US);
}

/** `store-east-1`, `store-east-2`, `store-west-1` …: by turns of the regions, as many as there should be in each. */
function spread(prefix: string, counts: readonly number[]): readonly string[] {
  return REGIONS.flatMap((region, position) =>
    Array.from({ length: counts[position] as number }, (_, n) => `${prefix}-${region}-${n + 1}`),
  );
}

function replicas(role: string, regions: readonly string[], { controllerReplicas }: Design): readonly string[] {
  return Array.from({ length: controllerReplicas }, (_, n) => {
    const again = Math.floor(n / regions.length);
    return `${role}-${regions[n % regions.length]}${again === 0 ? '' : `-${again + 1}`}`;
  });
}

function regionOf(name: string): string {
  return name.split('-')[1] as string;
}

/** Whoever leads in the highest term: a deposed leader may not know yet. */
function raftLeader(members: readonly string[], world: World): string | null {
  return highest(members, (name) => {
    const raft = (world.inspect(name) as StoreMemberView | null)?.raft.raft ?? null;
    return raft?.role === 'leader' ? raft.term : 0;
  });
}

/** The node on which an office is held under the highest epoch. */
function primaryNode(nodes: readonly string[], world: World): string | null {
  return highest(nodes, (name) =>
    Math.max(
      0,
      ...((world.inspect(name) as NodeAgentView | null)?.serving.offices ?? []).map(({ epoch, holds }) => (holds ? epoch : 0)),
    ),
  );
}

/** The gateway, or the users, of the region in which that node stands. */
function besidePrimary(kind: string, nodes: readonly string[], world: World): string | null {
  const node = primaryNode(nodes, world);
  return node === null ? null : `${kind}-${regionOf(node)}`;
}

/** Whoever leads under the newest token. */
function controllerLeader(role: string, controllers: readonly string[], world: World): string | null {
  return highest(controllers, (name) => {
    const leading = (world.inspect(name) as ControllerInspection | null)?.leading ?? null;
    return leading?.role === role ? leading.token : 0;
  });
}

/** The name with the highest positive rank. */
function highest(names: readonly string[], rank: (name: string) => number): string | null {
  let best: string | null = null;
  let bestRank = 0;
  for (const name of names) {
    const own = rank(name);
    if (own <= bestRank) continue;
    best = name;
    bestRank = own;
  }
  return best;
}

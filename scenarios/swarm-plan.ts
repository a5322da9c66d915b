/** What a swarm makes of a seed: a scenario, and a platform and faults of that seed's own around the scenario's event. */
import { CONTROLLER_ROLES } from '../model/controllers/options.ts';
import type { Design } from '../model/design.ts';
import { STORE_OPERATOR, type MemberIntent } from '../model/store/client/member-operator.ts';
import type { Intent } from '../model/intent.ts';
import { CLOUD, DNS, OPERATORS, OUTSIDE_REGION, platformGroups, REGIONS } from '../model/platform.ts';
import { Atlas, drawPlan, ms, Streams, type FaultGroup, type Stream } from '../sim/index.ts';
import { plan, type Plan, type RunRequest } from './run-spec.ts';

const CHANGES_FROM_US = ms(2_500);

/** The scenario of a seed. Its stream is its own, so that adding a scenario moves no seed's platform or faults. */
export function drawScenario<S>(seed: number, scenarios: readonly S[]): S {
  return new Streams(seed).stream('swarm/scenario').pick(scenarios);
}

/**
 * Draws a scenario's plan as a swarm does: design values within safe ranges (those asked for stay as they are), and faults of
 * masked families beside the scenario's own. A scenario that builds a world of its own keeps its plan: only its author
 * knows what that world promises to survive.
 */
export function swarmPlan(request: RunRequest): Plan {
  const { scenario, seed } = request;
  if (scenario.build !== undefined) return plan(request);
  const streams = new Streams(seed);
  const { design: own = {} } = scenario;
  // Who plans what operators do counts on what they leave alone.
  const isUsual = scenario.workload === undefined;
  const { containerCrashUs, ...others } = drawDesign(streams.stream('swarm/design'));
  const around = { ...others, ...(isUsual ? { containerCrashUs } : {}) };
  const drawn = plan({ ...request, scenario: { ...scenario, design: (draw) => ({ ...around, ...(typeof own === 'function' ? own(draw) : own) }) } });
  const groups = faultGroups(drawn.design);
  const more = drawPlan(streams.stream('swarm/faults'), { groups, roles: ['raft-leader', ...CONTROLLER_ROLES.map((role) => `${role}-leader`)], healAtUs: drawn.healAtUs });
  // Damage that the scenario does itself leaves less to be done: both together must leave a way back.
  const atlas = new Atlas({ groups, healAtUs: drawn.healAtUs });
  for (const fault of drawn.faults) atlas.admit(fault);
  const admitted = more.filter((fault) => atlas.admit(fault) === null);
  const workload = [...drawn.workload, ...memberChanges(streams.stream('swarm/membership'), drawn), ...(isUsual ? regionChanges(streams.stream('swarm/regions'), drawn) : [])].sort((a, b) => a.at - b.at);
  return { ...drawn, workload, faults: [...drawn.faults, ...admitted].sort((a, b) => a.at - b.at) };
}

/** A platform that differs from the default in topology and timing, within what is safe to run. */
function drawDesign(stream: Stream): Partial<Design> {
  // A renewal over regions takes up to 0.65 s; in a third of the lease it must come through, or leaders come and go for ever.
  const leaseDurationUs = ms(stream.between(2_800, 4_500));
  return {
    storeMembers: stream.pick([3, 5, 5, 5, 7]),
    storeSpares: stream.pick([0, 0, 1, 2]),
    readMode: stream.pick(['read-index', 'read-index', 'lease'] as const),
    heartbeatUs: ms(stream.between(60, 140)),
    electionTicks: stream.between(8, 12),
    snapshotEveryEntries: stream.between(40, 300),
    entriesBehindSnapshot: stream.between(5, 60),
    compactEveryUs: ms(stream.between(1_000, 6_000)),
    keepRevisions: stream.between(20, 150),
    apiServersPerRegion: stream.between(1, 2),
    nodesPerRegion: stream.between(1, 3),
    controllerReplicas: stream.between(2, 3),
    containerCrashUs: stream.pick([0, 0, ms(20_000), ms(60_000)]),
    leaseDurationUs,
    renewDeadlineUs: Math.floor((leaseDurationUs * 2) / 3),
    leaseRetryUs: Math.floor(leaseDurationUs / 6),
    resyncUs: ms(stream.between(3_000, 8_000)),
    watchTimeoutUs: ms(stream.between(4_000, 30_000)),
    ownWrites: stream.pick(['versions', 'versions', 'expectations'] as const),
    electorRecipe: stream.pick(['lease', 'lease', 'election'] as const),
    // API servers and controllers are clients; now and then a session ends of one that goes on.
    clientSessions: stream.pick([0, 0, 0, 16]),
    watchCacheEvents: stream.pick([20, 100, 100]),
    bookmarkUs: ms(stream.pick([300, 1_000, 2_000])),
  };
}

/** Members come and go, and leaders change, in half of the platforms that have spares. */
function memberChanges(stream: Stream, { design, healAtUs }: Plan): readonly MemberIntent[] {
  const count = stream.between(1, 3);
  if (design.storeSpares === 0 || stream.percent(50)) return [];
  return Array.from({ length: count }, (): MemberIntent => ({
    at: stream.between(CHANGES_FROM_US, healAtUs),
    client: STORE_OPERATOR,
    operation: stream.pick(['member-replace', 'member-replace', 'member-remove', 'move-leader'] as const),
    arguments: { draw: stream.below(1_000) },
  })).sort((a, b) => a.at - b.at);
}

/** In a quarter of the platforms a region leaves in good order and joins again, in another one a node is drained for a while. */
function regionChanges(stream: Stream, { design, healAtUs }: Plan): readonly Intent[] {
  const sort = stream.below(100);
  const client = stream.pick(OPERATORS);
  const region = { name: stream.pick(REGIONS.slice(0, design.joinedRegions)) };
  const node = { name: stream.pick(platformGroups(design).nodes) };
  const at = stream.between(CHANGES_FROM_US + ms(1_000), Math.max(CHANGES_FROM_US + ms(1_000), healAtUs - ms(5_000)));
  const pauseUs = ms(stream.between(500, 2_000));
  if (sort < 25) {
    const moves: Intent[] = [
      { at, client, operation: 'drain-region', arguments: region },
      { at: at + pauseUs, client, operation: 'remove-region', arguments: region },
    ];
    return stream.percent(80) ? [...moves, { at: at + 2 * pauseUs, client, operation: 'join-region', arguments: region }] : moves;
  }
  if (sort >= 50) return [];
  const drained: Intent = { at, client, operation: 'drain-node', arguments: node };
  return stream.percent(70) ? [drained, { at: at + pauseUs, client, operation: 'uncordon-node', arguments: node }] : [drained];
}

function faultGroups(design: Design): readonly FaultGroup[] {
  const { store, spares, api, controllers, nodes, gateways, enactors, outside } = platformGroups(design);
  const members = (names: readonly string[]): FaultGroup['members'] =>
    names.map((name) => ({ name, region: REGIONS.find((region) => name.includes(`-${region}`)) ?? REGIONS[0] }));
  return [
    { name: 'store', members: members([...store, ...spares]), quorum: true, rejoins: true, weight: 3 },
    { name: 'api', members: members(api), weight: 2 },
    { name: 'controllers', members: members(controllers), weight: 3 },
    { name: 'nodes', members: members(nodes), weight: 1 },
    { name: 'gateways', members: members([...gateways, ...enactors]), weight: 1 },
    { name: 'outside', members: members(outside), weight: 2 },
    // It lies outside, and what it promises about seals and operation ids must survive its own crashes all the same.
    { name: 'cloud', members: [CLOUD, DNS].map((name) => ({ name, region: OUTSIDE_REGION })), weight: 1 },
  ];
}

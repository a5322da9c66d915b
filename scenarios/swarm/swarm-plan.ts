/** What a swarm makes of a seed: a scenario, and a platform, operators and faults of that seed's own around the scenario's event. */
import { CONTROLLER_ROLES } from '../../model/controllers/machinery/options.ts';
import type { Design } from '../../model/design.ts';
import { platformTopology } from '../../model/platform.ts';
import { isMemberIntent } from '../../model/store/client/member-operator.ts';
import { Atlas, drawPlan, losesData, Streams, type AtlasMode, type Fault, type Micros } from '../../sim/index.ts';
import { catalogue } from '../catalogue/index.ts';
import { plan, type Plan, type RunRequest } from '../run-spec.ts';
import { designOf, drawCompanions, faultsOf, type Companion } from './companions.ts';
import { drawDesign, drawTopology } from './design.ts';
import { faultGroups } from './machines.ts';
import { drawWork, memberChanges, regionChanges } from './operators.ts';

/** The scenario of a seed. Its stream is its own, so that adding a scenario moves no seed's platform or faults. */
export function drawScenario<S>(seed: number, scenarios: readonly S[]): S {
  return new Streams(seed).stream('swarm/scenario').pick(scenarios);
}

/**
 * Draws a scenario's plan as a swarm does: topology and design values within safe ranges (those asked for stay as they are), a mix of
 * work, what befalls companions of the scenario, and faults of masked families beside all that. A scenario that builds a world of its
 * own keeps its plan: only its author knows what that world promises to survive.
 */
export function swarmPlan(request: RunRequest): Plan {
  return drawAround(request, 'recoverable');
}

/** As `swarmPlan`, but with faults that may leave no way back. It ends when they do: no goal is to be reached then, and none is judged. */
export function unrestrictedPlan(request: RunRequest): Plan {
  const drawn = drawAround(request, 'unrestricted');
  return { ...drawn, endUs: drawn.healAtUs };
}

function drawAround(request: RunRequest, mode: AtlasMode): Plan {
  const { scenario, seed } = request;
  if (scenario.build !== undefined) return plan(request);
  const streams = new Streams(seed);
  // An author's own properties were written for the scenario's trouble, not for that of others.
  const companions = scenario.properties === undefined ? drawCompanions(streams.stream('swarm/companions'), scenario, catalogue) : [];
  const drawn = planAround(request, companions, streams);
  const own = companions.flatMap((companion) => faultsOf(companion, drawn.design)).filter(({ at }) => at < drawn.healAtUs);
  const faults = addFaults(drawn, own, streams, mode);
  const isUsual = scenario.workload === undefined;
  const changes = memberChanges(streams.stream('swarm/membership'), drawn, mode === 'recoverable' ? lastLossUs(faults) : 0);
  const workload = [...drawn.workload, ...changes, ...(isUsual ? regionChanges(streams.stream('swarm/regions'), streams.stream('swarm/removals'), drawn) : [])].sort((a, b) => a.at - b.at);
  return { ...drawn, workload, faults };
}

/** A removal is news for a while, and until all have heard of it the store's group bears no loss: so operators change the group after the last one. */
function lastLossUs(faults: readonly Fault[]): Micros {
  return Math.max(0, ...faults.filter(losesData).map(({ at }) => at));
}

/** The scenario's own plan on a platform of the seed's, long enough for what befalls its companions. */
function planAround(request: RunRequest, companions: readonly Companion[], streams: Streams): Plan {
  const { scenario } = request;
  const { design: own = {}, topology, workload, healAtUs, endUs } = scenario;
  // Who plans what operators do counts on what they leave alone.
  const isUsual = workload === undefined;
  const { containerCrashUs, joinedRegions, ...others } = drawDesign(streams.stream('swarm/design'));
  const around = companions.reduce<Partial<Design>>((design, companion) => ({ ...design, ...designOf(companion) }), { ...others, ...(isUsual ? { containerCrashUs, joinedRegions } : {}) });
  const work = drawWork(streams.stream('swarm/work'));
  const latestUs = Math.max(healAtUs, ...companions.map((companion) => companion.scenario.healAtUs));
  return plan({
    ...request,
    scenario: {
      ...scenario,
      design: (draw) => ({ ...around, ...(typeof own === 'function' ? own(draw) : own) }),
      topology: topology ?? (() => drawTopology(streams.stream('swarm/topology'), platformTopology())),
      workload: workload ?? ((draw) => work(draw, latestUs)),
      healAtUs: latestUs,
      endUs: endUs + latestUs - healAtUs,
    },
  });
}

/** Damage that a scenario does itself leaves less to be done, and so do its own changes of the store's group: all of it together must leave a way back. */
function addFaults({ design, faults, healAtUs, workload }: Plan, befalling: readonly Fault[], streams: Streams, mode: AtlasMode): readonly Fault[] {
  const groups = faultGroups(design, streams.stream('swarm/disks'));
  const roles = ['raft-leader', ...CONTROLLER_ROLES.map((role) => `${role}-leader`)];
  const drawn = drawPlan(streams.stream('swarm/faults'), { groups, roles, healAtUs, mode }, streams.stream('swarm/fault-details'));
  const atlas = new Atlas({ groups, healAtUs, mode });
  for (const fault of faults) atlas.admit(fault);
  const changedUs = mode === 'recoverable' ? Math.min(...workload.filter(isMemberIntent).map(({ at }) => at)) : Number.POSITIVE_INFINITY;
  const admitted = [...befalling, ...drawn].filter((fault) => atlas.admit(fault) === null && !(losesData(fault) && fault.at >= changedUs));
  return [...faults, ...admitted].sort((a, b) => a.at - b.at);
}

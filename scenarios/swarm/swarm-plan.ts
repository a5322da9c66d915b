/**
 * What a swarm makes of a seed: a scenario, and a platform, operators and faults of that seed's own around the scenario's event.
 */
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
 * Draws a scenario's plan as a swarm does: topology and design values within safe ranges (those asked for stay as they are), a
 * mix of work, the faults of the scenario's companions, and faults drawn from the families that are not masked off. A scenario
 * that builds a world of its own keeps its plan: only its author knows what that world promises to survive.
 */
export function swarmPlan(request: RunRequest): Plan {
  return drawAround(request, 'recoverable');
}

/**
 * As `swarmPlan`, but with faults that may make recovery impossible. It ends when they do: no goal can be
 * asked for then, and none is judged.
 */
export function unrestrictedPlan(request: RunRequest): Plan {
  const drawn = drawAround(request, 'unrestricted');
  return { ...drawn, endUs: drawn.healAtUs };
}

function drawAround(request: RunRequest, mode: AtlasMode): Plan {
  const { scenario, seed } = request;
  if (scenario.build !== undefined) return plan(request);
  const streams = new Streams(seed);
  // An author's own properties were written for the faults of the scenario, not for those of others.
  const companions =
    scenario.properties === undefined ? drawCompanions(streams.stream('swarm/companions'), scenario, catalogue) : [];
  const drawn = planAround(request, companions, streams);
  const own = companions.flatMap((companion) => faultsOf(companion, drawn.design)).filter(({ at }) => at < drawn.healAtUs);
  const faults = addFaults(drawn, own, streams, mode);
  const isUsual = scenario.workload === undefined;
  const changes = memberChanges(streams.stream('swarm/membership'), drawn, mode === 'recoverable' ? lastLossUs(faults) : 0);
  const workload = [
    ...drawn.workload,
    ...changes,
    ...(isUsual ? regionChanges(streams.stream('swarm/regions'), streams.stream('swarm/removals'), drawn) : []),
  ].sort((a, b) => a.at - b.at);
  return { ...drawn, workload, faults };
}

/**
 * Until all members have heard of a removal, the store's group cannot bear a loss of data: so operators
 * change the group after the last loss.
 */
function lastLossUs(faults: readonly Fault[]): Micros {
  return Math.max(0, ...faults.filter(losesData).map(({ at }) => at));
}

/** The scenario's own plan on a platform of the seed's, long enough for the faults of its companions. */
function planAround(request: RunRequest, companions: readonly Companion[], streams: Streams): Plan {
  const { scenario } = request;
  const { design: own = {}, topology, workload, healAtUs, endUs } = scenario;
  // A scenario with a workload of its own relies on what operators do not do.
  const isUsual = workload === undefined;
  const { containerCrashUs, joinedRegions, ...others } = drawDesign(streams.stream('swarm/design'));
  const around = companions.reduce<Partial<Design>>((design, companion) => ({ ...design, ...designOf(companion) }), {
    ...others,
    ...(isUsual ? { containerCrashUs, joinedRegions } : {}),
  });
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

/**
 * What a scenario damages itself, and its own changes of the store's group, count first: with all faults
 * together recovery must stay possible.
 */
function addFaults(
  { design, faults, healAtUs, workload }: Plan,
  companionFaults: readonly Fault[],
  streams: Streams,
  mode: AtlasMode,
): readonly Fault[] {
  const groups = faultGroups(design, streams.stream('swarm/disks'));
  const roles = ['raft-leader', ...CONTROLLER_ROLES.map((role) => `${role}-leader`)];
  const drawn = drawPlan(
    streams.stream('swarm/faults'),
    { groups, roles, healAtUs, mode },
    streams.stream('swarm/fault-details'),
  );
  const atlas = new Atlas({ groups, healAtUs, mode });
  for (const fault of faults) atlas.admit(fault);
  const changedUs =
    mode === 'recoverable' ? Math.min(...workload.filter(isMemberIntent).map(({ at }) => at)) : Number.POSITIVE_INFINITY;
  const admitted = [...companionFaults, ...drawn].filter(
    (fault) => atlas.admit(fault) === null && !(losesData(fault) && fault.at >= changedUs),
  );
  return [...faults, ...admitted].sort((a, b) => a.at - b.at);
}

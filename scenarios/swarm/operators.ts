/**
 * What the operators of a swarm's platform do: the mix of their usual work, and changes of the store's group, regions and nodes.
 */
import type { Intent } from '../../model/intent.ts';
import { OPERATORS, platformGroups, REGIONS } from '../../model/platform.ts';
import { STORE_OPERATOR, type MemberIntent } from '../../model/store/client/member-operator.ts';
import { ms, type Micros, type Stream } from '../../sim/index.ts';
import type { WorkloadDraw } from '../define-scenario.ts';
import { platformWorkload, usualShares, type OperatorShares } from '../workload/platform-workload.ts';
import type { Plan } from '../run-spec.ts';

const CHANGES_FROM_US = ms(2_500);

/** Mixes of what operators do, each of which leaves something out or does little else. */
const mixes: readonly OperatorShares[] = [
  usualShares,
  usualShares,
  { scale: 60, rollOut: 10, read: 20, delete: 5 },
  { scale: 10, rollOut: 60, read: 20, delete: 5 },
  { scale: 20, rollOut: 10, read: 20, delete: 30 },
  { scale: 15, rollOut: 15, read: 70, delete: 0 },
];

/** The usual work of a platform, busier or calmer, and more of one kind than of others. */
export function drawWork(stream: Stream): (draw: WorkloadDraw, healAtUs: number) => readonly Intent[] {
  const pauseUs = ms(stream.pick([120, 250, 350, 350, 600]));
  const shares = stream.pick(mixes);
  return (draw, healAtUs) => platformWorkload(draw, healAtUs, pauseUs, shares);
}

/** Members come and go, and leaders change, in half of the platforms that have spares: after `fromUs`. */
export function memberChanges(stream: Stream, { design, healAtUs }: Plan, fromUs: Micros): readonly MemberIntent[] {
  const count = stream.between(1, 3);
  if (design.storeSpares === 0 || stream.percent(50)) return [];
  const changes = Array.from({ length: count }, (): MemberIntent => ({
    at: stream.between(CHANGES_FROM_US, healAtUs),
    client: STORE_OPERATOR,
    operation: stream.pick(['member-replace', 'member-replace', 'member-remove', 'move-leader'] as const),
    arguments: { draw: stream.below(1_000) },
  }));
  return changes.filter(({ at }) => at > fromUs).sort((a, b) => a.at - b.at);
}

/** Changes of regions and nodes: in most platforms that have an idle region, it joins. */
export function regionChanges(stream: Stream, removals: Stream, plan: Plan): readonly Intent[] {
  const comings = removing(removals, comingsAndGoings(stream, plan));
  const [idle] = REGIONS.slice(plan.design.joinedRegions);
  if (idle === undefined || !stream.percent(70)) return comings;
  const joins: Intent = {
    at: stream.between(CHANGES_FROM_US, plan.healAtUs),
    client: stream.pick(OPERATORS),
    operation: 'join-region',
    arguments: { name: idle },
  };
  return [...comings, joins].sort((a, b) => a.at - b.at);
}

/**
 * In a quarter of the platforms a region is drained, leaves and joins again; in another quarter a node is drained for a while.
 */
function comingsAndGoings(stream: Stream, { design, healAtUs }: Plan): readonly Intent[] {
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

/** In half of the platforms that drain a node it is taken out of service for good, or until it joins again. */
function removing(stream: Stream, intents: readonly Intent[]): readonly Intent[] {
  if (stream.percent(50)) return intents;
  return intents.map((intent): Intent => {
    if (intent.operation === 'drain-node') return { ...intent, operation: 'remove-node' };
    return intent.operation === 'uncordon-node' ? { ...intent, operation: 'join-node' } : intent;
  });
}

/** What operators do to the membership of the platform: regions join, are drained and leave; nodes are drained and come back. */
import { ms, type CallOutcome, type Co } from '../../sim/index.ts';
import { DRAIN_TAINT, type Cluster, type Node, type NodeSpec, type Resource, type Workload } from '../api/resources/index.ts';
import type { ApiClient } from '../controllers/machinery/api-client.ts';
import type { Intent } from '../intent.ts';
import { identityOf, missed, UNAVAILABLE_PAUSE_US, type Attempt, type Unsuccessful } from './attempt.ts';

export type MembershipIntent = Extract<Intent, { readonly operation: 'join-region' | 'drain-region' | 'remove-region' | 'drain-node' | 'uncordon-node' }>;

const operations: ReadonlySet<string> = new Set<MembershipIntent['operation']>(['join-region', 'drain-region', 'remove-region', 'drain-node', 'uncordon-node']);

export function isMembershipIntent(intent: Intent): intent is MembershipIntent {
  return operations.has(intent.operation);
}

/** How long an operator waits for a region to be empty before it looks again. */
const EMPTYING_US = ms(1_000);

export function* changeMembership(api: ApiClient, intent: MembershipIntent): Co<Attempt> {
  const { name } = intent.arguments;
  switch (intent.operation) {
    case 'join-region':
      return yield* join(api, name);
    case 'drain-region':
      return yield* drain(api, name);
    case 'remove-region':
      return yield* remove(api, name);
    default:
      return yield* cordon(api, name, intent.operation === 'drain-node');
  }
}

/** Takes a region into service; one that is being drained stays. */
function* join(api: ApiClient, region: string): Co<Attempt> {
  const found = yield* api.get('Cluster', region);
  if (found.status === 'ok') return yield* setState(api, found.value, 'active');
  if (found.status !== 'refused' || found.code !== 'not-found') return readAgain(found);
  const made = yield* api.create('Cluster', region, { region });
  return wrote(made);
}

/** The last region in service is not drained: what it runs could go nowhere. */
function* drain(api: ApiClient, region: string): Co<Attempt> {
  const listed = yield* api.list('Cluster');
  if (listed.status !== 'ok') return readAgain(listed);
  const clusters = listed.value.items as readonly Cluster[];
  const own = clusters.find(({ metadata }) => metadata.name === region);
  if (own === undefined) return { status: 'fail', output: `${region} is not in service` };
  const others = clusters.filter(({ metadata, spec }) => metadata.name !== region && spec.state === 'active');
  if (others.length === 0) return { status: 'fail', output: `${region} is the last region in service` };
  return yield* setState(api, own, 'draining');
}

/** A region leaves when it is drained and nothing is bound to its nodes. */
function* remove(api: ApiClient, region: string): Co<Attempt> {
  const found = yield* api.get('Cluster', region);
  if (found.status !== 'ok') return found.status === 'refused' && found.code === 'not-found' ? { status: 'fail', output: 'not-found' } : readAgain(found);
  const { metadata, spec } = found.value;
  if (spec.state !== 'draining') return { status: 'fail', output: `${region} has not been drained` };
  const nodes = yield* api.list('Node');
  if (nodes.status !== 'ok') return readAgain(nodes);
  const workloads = yield* api.list('Workload');
  if (workloads.status !== 'ok') return readAgain(workloads);
  const own = new Set((nodes.value.items as readonly Node[]).flatMap((node) => (node.spec.region === region ? [node.metadata.name] : [])));
  const left = (workloads.value.items as readonly Workload[]).filter((workload) => own.has(workload.spec.node)).length;
  if (left > 0) return { status: 'again', pauseUs: EMPTYING_US, reason: `${left} workloads are left in ${region}` };
  const { uid, resourceVersion } = metadata;
  const removed = yield* api.delete('Cluster', region, { uid, resourceVersion });
  if (removed.status !== 'ok') return missed(removed);
  return { status: 'ok', output: { ...identityOf(found.value), resourceVersion: removed.value.resourceVersion, spec: null } };
}

/** Nothing new comes to a node that is cordoned; what is there is replaced elsewhere, within the bounds of whoever it belongs to. */
function* cordon(api: ApiClient, name: string, closed: boolean): Co<Attempt> {
  const found = yield* api.get('Node', name);
  if (found.status !== 'ok') return found.status === 'refused' && found.code === 'not-found' ? { status: 'fail', output: 'not-found' } : readAgain(found);
  const { metadata, spec } = found.value;
  const others = spec.taints.filter(({ key }) => key !== DRAIN_TAINT);
  const taints: NodeSpec['taints'] = closed ? [...others, { key: DRAIN_TAINT, effect: 'no-execute' }] : others;
  return wrote(yield* api.update('Node', name, metadata.resourceVersion, { spec: { ...spec, unschedulable: closed, taints } }));
}

function* setState(api: ApiClient, { metadata, spec }: Cluster, state: Cluster['spec']['state']): Co<Attempt> {
  return wrote(yield* api.update('Cluster', metadata.name, metadata.resourceVersion, { spec: { ...spec, state } }));
}

function wrote(outcome: CallOutcome<Resource>): Attempt {
  return outcome.status === 'ok' ? { status: 'ok', output: { ...identityOf(outcome.value), spec: null } } : missed(outcome);
}

/** A read has no effect, so that it may be tried again whatever became of it. */
function readAgain(outcome: Unsuccessful): Attempt {
  return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: outcome.status === 'refused' ? outcome.message : 'no answer to a read' };
}

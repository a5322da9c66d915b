/** What operators do to the membership of the platform: regions and nodes join, are drained, come back and leave. */
import { ms, type CallOutcome, type Co } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import {
  DRAIN_TAINT,
  isTainted,
  nodeLeaseName,
  type Cluster,
  type Node,
  type NodeSpec,
  type Resource,
  type Workload,
} from '../api/resources/index.ts';
import { isRemoved, withoutRemoved, withRemoved } from '../controllers/removed-nodes.ts';
import type { Intent } from '../intent.ts';
import { identityOf, missed, UNAVAILABLE_PAUSE_US, type Attempt, type Unsuccessful } from './attempt.ts';

export type MembershipIntent = Extract<
  Intent,
  {
    readonly operation:
      | 'join-region'
      | 'drain-region'
      | 'remove-region'
      | 'drain-node'
      | 'uncordon-node'
      | 'remove-node'
      | 'join-node';
  }
>;

const operations: ReadonlySet<string> = new Set<MembershipIntent['operation']>([
  'join-region',
  'drain-region',
  'remove-region',
  'drain-node',
  'uncordon-node',
  'remove-node',
  'join-node',
]);

export function isMembershipIntent(intent: Intent): intent is MembershipIntent {
  return operations.has(intent.operation);
}

/** How long an operator waits for a region or a node to be empty before it looks again. */
const EMPTYING_US = ms(1_000);
/** And for the first region of the platform. */
const BEGINNING_US = ms(500);

export function* changeMembership(api: ApiClient, intent: MembershipIntent): Co<Attempt> {
  const { name } = intent.arguments;
  switch (intent.operation) {
    case 'join-region':
      return yield* join(api, name);
    case 'drain-region':
      return yield* drain(api, name);
    case 'remove-region':
      return yield* remove(api, name);
    case 'remove-node':
      return yield* removeNode(api, name);
    case 'join-node':
      return yield* joinNode(api, name);
    default:
      return yield* cordon(api, name, intent.operation === 'drain-node');
  }
}

/**
 * Takes a region into service; one that is being drained stays. The first ones are not an operator's to take: whoever makes them
 * knows by there being none that nobody has begun.
 */
function* join(api: ApiClient, region: string): Co<Attempt> {
  const listed = yield* api.list('Cluster');
  if (listed.status !== 'ok') return readAgain(listed);
  const clusters = listed.value.items as readonly Cluster[];
  const own = clusters.find(({ metadata }) => metadata.name === region);
  if (own !== undefined) return yield* setState(api, own, 'active');
  if (clusters.length === 0) return { status: 'again', pauseUs: BEGINNING_US, reason: 'no region is in service yet' };
  return wrote(yield* api.create('Cluster', region, { region }));
}

/** On the region that was there when another was to be drained: which one, and at which version. */
const STAYS_FOR = 'stays-for';

/**
 * The last region in service is not drained: what it runs could go nowhere. Operators who look at the same moment each see
 * another one, so whoever drains first writes to one that is to stay, and then to its own, each as it was when he looked. Of any
 * who count upon each other's region, one finds that his own, or the one he counts upon, has been written to since.
 */
function* drain(api: ApiClient, region: string): Co<Attempt> {
  const listed = yield* api.list('Cluster');
  if (listed.status !== 'ok') return readAgain(listed);
  const clusters = listed.value.items as readonly Cluster[];
  const own = clusters.find(({ metadata }) => metadata.name === region);
  if (own === undefined) return { status: 'fail', output: `${region} is not in service` };
  const [staying] = clusters.filter(({ metadata, spec }) => metadata.name !== region && spec.state === 'active');
  if (staying === undefined) return { status: 'fail', output: `${region} is the last region in service` };
  const held = yield* setLabels(api, staying, {
    ...staying.metadata.labels,
    [STAYS_FOR]: `${region}.${own.metadata.resourceVersion}`,
  });
  // Nothing is drained yet, whatever became of that.
  if (held.status !== 'ok') return held.status === 'unknown' ? readAgain(held) : missed(held);
  return yield* setState(api, own, 'draining');
}

/** A region leaves when it is drained and nothing is bound to its nodes: so one that is in service is always left. */
function* remove(api: ApiClient, region: string): Co<Attempt> {
  const found = yield* api.get('Cluster', region);
  if (found.status !== 'ok') return missing(found);
  const { metadata, spec } = found.value;
  if (spec.state !== 'draining') return { status: 'fail', output: `${region} has not been drained` };
  const nodes = yield* api.list('Node');
  if (nodes.status !== 'ok') return readAgain(nodes);
  const workloads = yield* api.list('Workload');
  if (workloads.status !== 'ok') return readAgain(workloads);
  const own = new Set(
    (nodes.value.items as readonly Node[]).flatMap((node) => (node.spec.region === region ? [node.metadata.name] : [])),
  );
  const left = (workloads.value.items as readonly Workload[]).filter((workload) => own.has(workload.spec.node)).length;
  if (left > 0) return { status: 'again', pauseUs: EMPTYING_US, reason: `${left} workloads are left in ${region}` };
  const { uid, resourceVersion } = metadata;
  const removed = yield* api.delete('Cluster', region, { uid, resourceVersion });
  if (removed.status !== 'ok') return missed(removed);
  return { status: 'ok', output: { ...identityOf(found.value), resourceVersion: removed.value.resourceVersion, spec: null } };
}

/**
 * Nothing new comes to a node that is cordoned; what is there is replaced elsewhere, within the bounds of whoever it belongs to.
 */
function* cordon(api: ApiClient, name: string, closed: boolean): Co<Attempt> {
  const found = yield* api.get('Node', name);
  if (found.status !== 'ok') return missing(found);
  const { metadata, spec } = found.value;
  const others = spec.taints.filter(({ key }) => key !== DRAIN_TAINT);
  const taints: NodeSpec['taints'] = closed ? [...others, { key: DRAIN_TAINT, effect: 'no-execute' }] : others;
  return wrote(yield* api.update('Node', name, metadata.resourceVersion, { spec: { ...spec, unschedulable: closed, taints } }));
}

/**
 * A node leaves when it is drained and nothing is bound to it, or when nothing is heard of it: then its machine
 * is dead for all that an operator knows, and what ran there is an orphan, whose name whoever looks after nodes
 * frees when it certainly runs no more.
 */
function* removeNode(api: ApiClient, name: string): Co<Attempt> {
  const found = yield* api.get('Node', name);
  if (found.status !== 'ok') return missing(found);
  const node = found.value;
  if (!isTainted(node, DRAIN_TAINT)) {
    const drained = yield* cordon(api, name, true);
    // It goes on with what stands there now.
    return drained.status === 'ok' ? { status: 'again', pauseUs: 0, reason: `${name} is being drained` } : drained;
  }
  if (node.status.readiness !== 'unknown') {
    const workloads = yield* api.list('Workload');
    if (workloads.status !== 'ok') return readAgain(workloads);
    const left = (workloads.value.items as readonly Workload[]).filter(({ spec }) => spec.node === name).length;
    if (left > 0) return { status: 'again', pauseUs: EMPTYING_US, reason: `${left} workloads are left on ${name}` };
  }
  const cluster = yield* api.get('Cluster', node.spec.region);
  if (cluster.status !== 'ok') return missing(cluster);
  // First: from then on its agent does not register it anew.
  const marked = yield* setLabels(api, cluster.value, withRemoved(cluster.value, name));
  if (marked.status !== 'ok') return missed(marked);
  const lease = yield* api.get('Lease', nodeLeaseName(name));
  const removed = yield* api.delete('Node', name, { uid: node.metadata.uid });
  if (removed.status !== 'ok') return missed(removed);
  // As it was before: one that joins again renews the very Lease that it finds. What is left here whoever looks after nodes takes.
  if (lease.status === 'ok') {
    const { uid, resourceVersion } = lease.value.metadata;
    yield* api.delete('Lease', nodeLeaseName(name), { uid, resourceVersion });
  }
  return { status: 'ok', output: { ...identityOf(node), resourceVersion: removed.value.resourceVersion, spec: null } };
}

/** Its agent registers it, if its machine is up. */
function* joinNode(api: ApiClient, name: string): Co<Attempt> {
  const listed = yield* api.list('Cluster');
  if (listed.status !== 'ok') return readAgain(listed);
  const cluster = (listed.value.items as readonly Cluster[]).find((each) => isRemoved(each, name));
  if (cluster === undefined) return { status: 'fail', output: `${name} has not been removed` };
  return wrote(yield* setLabels(api, cluster, withoutRemoved(cluster, name)));
}

function setLabels(api: ApiClient, { metadata }: Cluster, labels: Cluster['metadata']['labels']): Co<CallOutcome<Cluster>> {
  return api.update('Cluster', metadata.name, metadata.resourceVersion, { metadata: { labels } });
}

function* setState(api: ApiClient, { metadata, spec }: Cluster, state: Cluster['spec']['state']): Co<Attempt> {
  return wrote(yield* api.update('Cluster', metadata.name, metadata.resourceVersion, { spec: { ...spec, state } }));
}

function wrote(outcome: CallOutcome<Resource>): Attempt {
  return outcome.status === 'ok' ? { status: 'ok', output: { ...identityOf(outcome.value), spec: null } } : missed(outcome);
}

/** There is nothing to be changed, or nobody knows. */
function missing(outcome: Unsuccessful): Attempt {
  return outcome.status === 'refused' && outcome.code === 'not-found'
    ? { status: 'fail', output: 'not-found' }
    : readAgain(outcome);
}

/** A read has no effect, so that it may be tried again whatever became of it. */
function readAgain(outcome: Unsuccessful): Attempt {
  return {
    status: 'again',
    pauseUs: UNAVAILABLE_PAUSE_US,
    reason: outcome.status === 'refused' ? outcome.message : 'no answer to a read',
  };
}

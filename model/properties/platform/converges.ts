/** Converges: after the heal, what runs and stands at the cloud is what the deployments ask for, and they say so. */
import type { Monitor, Observer, Property, Scene } from '../../../sim/index.ts';
import {
  isBlank,
  isLeaving,
  isNodeLease,
  isTainted,
  kindPrefix,
  nodeOfLease,
  UNREACHABLE_TAINT,
  type Deployment,
  type Resource,
  type ResourceKind,
} from '../../api/resources/index.ts';
import { isRemoved } from '../../controllers/removed-nodes.ts';
import { behaviourOf } from '../../regions/image.ts';
import { cloudView, nodes, nodeView, operators, operatorView } from './members.ts';
import type { ObjectStory, StoryOf } from './placed-objects.ts';

export function converges(storyOf: StoryOf): Property {
  return {
    id: 'platform/converges',
    kind: 'eventually',
    title: 'running workloads, load balancers and volumes come to match every deployment',
    monitor: (_report, scene) => new Converges(scene, storyOf(scene)),
  };
}

class Converges implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly story: ObjectStory;

  constructor(scene: Scene, story: ObjectStory) {
    this.scene = scene;
    this.story = story;
    this.through = story.sources;
  }

  *waits(): Iterable<string> {
    for (const operator of operators(this.scene)) {
      const left = operatorView(this.scene, operator)?.left ?? 0;
      if (left > 0) yield `${operator} has ${left} intents left`;
    }
    const deployments = this.all('Deployment').filter(({ metadata }) => metadata.deletionUs === null);
    const runnable = deployments.filter((deployment) => !isBlank(deployment));
    yield* this.missingNodes();
    yield* this.missingWorkloads(runnable);
    yield* this.missingBalancers(deployments);
    yield* this.missingVolumes();
    yield* missingReports(runnable);
  }

  private all<K extends ResourceKind>(kind: K): readonly Resource<K>[] {
    const prefix = kindPrefix(kind);
    const objects: Resource<K>[] = [];
    for (const [key, object] of this.story.objects) if (key.startsWith(prefix)) objects.push(object as Resource<K>);
    return objects;
  }

  /**
   * Every node of a region in service takes part and has its object, except those that were removed, which leave no Lease behind.
   */
  private *missingNodes(): Iterable<string> {
    const clusters = new Map(this.all('Cluster').map((cluster) => [cluster.spec.region, cluster]));
    const known = new Map(this.all('Node').map((node) => [node.metadata.name, node]));
    for (const name of nodes(this.scene)) {
      const view = nodeView(this.scene, name);
      if (view === null) {
        yield `${name} is down`;
        continue;
      }
      const node = known.get(name);
      const cluster = clusters.get(name.split('-')[1] as string);
      const isServing = cluster !== undefined && !isRemoved(cluster, name);
      if (isServing !== (node !== undefined)) yield `${name} is ${isServing ? 'not' : 'still'} registered`;
      if (node !== undefined && (node.status.readiness !== 'ready' || isTainted(node, UNREACHABLE_TAINT)))
        yield `${name} counts as lost`;
    }
    for (const { metadata } of this.all('Lease'))
      if (isNodeLease(metadata.name) && !known.has(nodeOfLease(metadata.name)))
        yield `Lease ${metadata.name} is still there, and its node is not`;
  }

  private *missingWorkloads(deployments: readonly Deployment[]): Iterable<string> {
    const wanted = new Map(deployments.map((deployment) => [deployment.metadata.uid, deployment]));
    const closed = new Set(this.all('Node').flatMap((node) => (isLeaving(node) ? [node.metadata.name] : [])));
    const ready = new Map<string, number>();
    for (const name of nodes(this.scene)) {
      for (const { owner, image, name: workload, phase, ready: serves } of nodeView(this.scene, name)?.containers ?? []) {
        const deployment = wanted.get(owner);
        if (deployment === undefined) {
          yield `workload ${workload} is ${phase}, although nothing asks for it`;
          continue;
        }
        // What is wanted never serves: then what was there before stays.
        if (!canServe(deployment)) continue;
        if (!mayRun(deployment, image)) yield `workload ${workload} runs ${image}, which is not asked for any more`;
        else if (closed.has(name)) yield `workload ${workload} is ${phase} on ${name}, which is to be empty`;
        else if (serves) ready.set(owner, (ready.get(owner) ?? 0) + 1);
      }
    }
    for (const deployment of deployments) {
      const { metadata, spec } = deployment;
      const count = ready.get(metadata.uid) ?? 0;
      if (canServe(deployment) && !isEnough(deployment, count))
        yield `${metadata.name} runs ${count} of ${spec.replicas} replicas of generation ${metadata.generation}`;
    }
    for (const { metadata, spec } of this.all('Workload')) {
      if (metadata.deletionUs !== null || !wanted.has(spec.owner)) yield `workload ${metadata.name} is still there`;
    }
  }

  private *missingBalancers(deployments: readonly Deployment[]): Iterable<string> {
    const cloud = cloudView(this.scene);
    if (cloud === null) {
      yield 'the cloud is down';
      return;
    }
    for (const { metadata } of deployments) {
      const own = cloud.balancers.filter(({ owner }) => owner === metadata.uid);
      const stale = own.find(({ generation }) => generation !== metadata.generation);
      if (stale !== undefined)
        yield `${stale.resource} of ${metadata.name} stands for generation ${stale.generation}, which is ${metadata.generation} now`;
      else if (own.length !== 1) yield `${metadata.name} has ${own.length} load balancers for generation ${metadata.generation}`;
    }
    const owners = new Set(deployments.map(({ metadata }) => metadata.uid));
    for (const { owner, resource } of cloud.balancers)
      if (!owners.has(owner)) yield `${resource} stands for ${owner}, which is gone`;
  }

  /** One at the cloud for each, attached where it is said to be, and none for those that are gone. */
  private *missingVolumes(): Iterable<string> {
    const disks = cloudView(this.scene)?.disks ?? [];
    const volumes = this.all('Volume');
    const users = new Set(this.all('Workload').map(({ metadata }) => metadata.uid));
    for (const { metadata, status } of volumes) {
      const own = disks.filter(({ owner }) => owner === metadata.uid);
      const [disk] = own;
      if (metadata.deletionUs !== null) yield `volume ${metadata.name} is still there`;
      else if (disk === undefined || own.length > 1 || disk.resource !== status.resource)
        yield `${metadata.name} has ${own.length} volumes at the cloud, and says ${status.resource}`;
      else if (disk.attachment?.workload !== status.attachment?.workload || disk.attachment?.epoch !== status.attachment?.epoch)
        yield `${disk.resource} is not attached as ${metadata.name} says`;
      else if (disk.attachment !== null && !users.has(disk.attachment.workload))
        yield `${disk.resource} is attached for ${disk.attachment.workload}, which is gone`;
    }
    const owners = new Set(volumes.map(({ metadata }) => metadata.uid));
    for (const { owner, resource } of disks) if (!owners.has(owner)) yield `${resource} stands for ${owner}, which is gone`;
  }
}

/**
 * What was done is noted, too: a status that lags for ever makes operators wait, and a lost completion record hides an effect.
 */
function* missingReports(deployments: readonly Deployment[]): Iterable<string> {
  for (const deployment of deployments) {
    const { metadata, spec, status } = deployment;
    const { name, generation } = metadata;
    if (status.observedGeneration !== generation)
      yield `${name} says that generation ${status.observedGeneration} is carried out, and it is ${generation} now`;
    if (canServe(deployment)) {
      if (!isEnough(deployment, status.readyReplicas))
        yield `${name} says that ${status.readyReplicas} of ${spec.replicas} replicas run`;
      if (!spec.paused && status.updatedReplicas !== spec.replicas)
        yield `${name} says that ${status.updatedReplicas} of ${spec.replicas} replicas are of the image asked for`;
    }
    if (status.provisioned?.generation !== generation) yield `${name} has no completion record of generation ${generation}`;
  }
}

/** While its roll-out is paused what ran goes on, the new and the old: all that was rolled out, also what was about to be. */
function mayRun({ spec, status }: Deployment, image: string): boolean {
  return spec.paused ? status.history.includes(image) : image === spec.image;
}

/** While its roll-out is paused half-way the surge stays as well; what was paused before it began runs nothing. */
function isEnough({ spec, status }: Deployment, count: number): boolean {
  if (!spec.paused) return count === spec.replicas;
  const isNone = spec.replicas === 0 || status.history.length === 0;
  return isNone ? count === 0 : count >= spec.replicas && count <= spec.replicas + spec.maxSurge;
}

/** Of a paused one anything in its history may run. */
function canServe({ spec, status }: Deployment): boolean {
  const images = spec.paused ? status.history : [spec.image];
  return images.every((image) => behaviourOf(image) === 'serves');
}

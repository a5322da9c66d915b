/** Converges: after the heal, what runs and stands at the cloud is what the deployments ask for, and they say so. */
import type { Monitor, Observer, Property, Scene } from '../../../sim/index.ts';
import { isBlank, kindPrefix, type Deployment } from '../../api/resources/index.ts';
import type { Container } from '../../regions/runtime.ts';
import type { CommitJournal, JournalOf } from './journal.ts';
import { cloudView, nodes, nodeView, operators, operatorView } from './members.ts';

export function converges(journalOf: JournalOf): Property {
  return {
    id: 'platform/converges',
    kind: 'eventually',
    title: 'running workloads and load balancers come to match every deployment',
    monitor: (_report, scene) => new Converges(scene, journalOf(scene)),
  };
}

class Converges implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly journal: CommitJournal;

  constructor(scene: Scene, journal: CommitJournal) {
    this.scene = scene;
    this.journal = journal;
    this.through = [journal];
  }

  pending(): string | null {
    for (const operator of operators(this.scene)) {
      const left = operatorView(this.scene, operator)?.left ?? 0;
      if (left > 0) return `${operator} has ${left} intents left`;
    }
    const prefix = kindPrefix('Deployment');
    const deployments: Deployment[] = [];
    for (const [key, object] of this.journal.objects) if (key.startsWith(prefix)) deployments.push(object as Deployment);
    const runnable = deployments.filter((deployment) => !isBlank(deployment));
    return this.missingWorkloads(runnable) ?? this.missingBalancers(deployments) ?? missingReport(runnable);
  }

  private missingWorkloads(deployments: readonly Deployment[]): string | null {
    const containers: Container[] = [];
    for (const node of nodes(this.scene)) {
      const view = nodeView(this.scene, node);
      if (view === null) return `${node} is down`;
      containers.push(...view.containers);
    }
    for (const { metadata, spec } of deployments) {
      const running = containers.filter(({ owner, image, phase }) => owner === metadata.uid && image === spec.image && phase === 'running');
      if (running.length !== spec.replicas) return `${metadata.name} runs ${running.length} of ${spec.replicas} replicas of generation ${metadata.generation}`;
    }
    const wanted = new Map(deployments.map(({ metadata, spec }) => [metadata.uid, spec.image]));
    const stray = containers.find(({ owner, image }) => wanted.get(owner) !== image);
    return stray === undefined ? null : `workload ${stray.name} is ${stray.phase}, although nothing asks for it`;
  }

  private missingBalancers(deployments: readonly Deployment[]): string | null {
    const cloud = cloudView(this.scene);
    if (cloud === null) return 'the cloud is down';
    for (const { metadata } of deployments) {
      const own = cloud.balancers.filter(({ owner }) => owner === metadata.uid);
      const stale = own.find(({ generation }) => generation !== metadata.generation);
      if (stale !== undefined) return `${stale.resource} of ${metadata.name} stands for generation ${stale.generation}, which is ${metadata.generation} now`;
      if (own.length !== 1) return `${metadata.name} has ${own.length} load balancers for generation ${metadata.generation}`;
    }
    const owners = new Set(deployments.map(({ metadata }) => metadata.uid));
    const stray = cloud.balancers.find(({ owner }) => !owners.has(owner));
    return stray === undefined ? null : `${stray.resource} stands for ${stray.owner}, which is gone`;
  }
}

/** What was done is noted, too: a status that lags for ever makes operators wait, and a lost completion record hides an effect. */
function missingReport(deployments: readonly Deployment[]): string | null {
  for (const { metadata, spec, status } of deployments) {
    const { name, generation } = metadata;
    if (status.observedGeneration !== generation) return `${name} says that generation ${status.observedGeneration} is carried out, and it is ${generation} now`;
    if (status.readyReplicas !== spec.replicas) return `${name} says that ${status.readyReplicas} of ${spec.replicas} replicas run`;
    if (status.provisioned?.generation !== generation) return `${name} has no completion record of generation ${generation}`;
  }
  return null;
}

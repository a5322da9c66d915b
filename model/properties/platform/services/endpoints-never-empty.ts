/** Discovery never empty, at its source: what is published of a service does not vanish while workloads are ready to serve it. */
import {
  seconds,
  type Micros,
  type Monitor,
  type Observer,
  type Property,
  type Report,
  type Scene,
} from '../../../../sim/index.ts';
import {
  objectKey,
  type Deployment,
  type Endpoints,
  type Resource,
  type Service,
  type Workload,
} from '../../../api/resources/index.ts';
import type { ObjectChange, ObjectStory, StoryOf } from '../placed-objects.ts';

/** Who publishes has heard of what has stood for so long: a confirmation takes two requests at most, each within its deadline. */
const KNOWN_US = seconds(5);

export function endpointsNeverEmpty(storyOf: StoryOf): Property {
  return {
    id: 'platform/endpoints-never-empty',
    kind: 'always',
    title: 'the endpoints of a service do not become empty while workloads are ready to serve it',
    monitor: (report, scene, keepEvidence) => new EndpointsNeverEmpty(report, scene, storyOf(scene), keepEvidence),
  };
}

interface Stood {
  readonly object: Resource;
  readonly sinceUs: Micros;
}

class EndpointsNeverEmpty implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly story: ObjectStory;
  /** Workloads that are ready and deployments that want some, by key, and since when. */
  private readonly wanted = new Map<string, Stood>();
  private readonly evidence: { readonly nowUs: Micros; readonly change: ObjectChange }[] | null;

  constructor(report: Report, scene: Scene, story: ObjectStory, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.story = story;
    this.through = story.sources;
    story.follow((changes) => this.judge(changes), 'Endpoints', 'Service', 'Deployment', 'Workload');
    this.evidence = keepEvidence ? [] : null;
  }

  private judge(changes: readonly ObjectChange[]): void {
    const nowUs = this.scene.nowUs();
    for (const change of changes) {
      if (change.granted !== null) continue;
      this.evidence?.push({ nowUs, change });
      this.note(change, nowUs);
      const lost = lostEndpoints(change);
      if (lost === null) continue;
      const service = this.story.objects.get(objectKey('Service', lost.metadata.name)) as Service | undefined;
      const backend = service !== undefined && isServed(service, lost) ? this.readyFor(service, nowUs) : null;
      if (backend !== null) this.report.violated(say(lost, backend));
    }
  }

  fullCheck(): string | null {
    const seen: { readonly nowUs: Micros; readonly change: ObjectChange }[] = [];
    for (const each of this.evidence ?? []) {
      seen.push(each);
      const lost = lostEndpoints(each.change);
      if (lost === null) continue;
      const latest = new Map(seen.map(({ change }) => [change.key, change.object]));
      const service = latest.get(objectKey('Service', lost.metadata.name)) as Service | null | undefined;
      if (service === null || service === undefined || !isServed(service, lost)) continue;
      const deployment = latest.get(objectKey('Deployment', service.spec.deployment)) as Deployment | null | undefined;
      const stands = (object: Resource, is: (one: Resource) => boolean): boolean => {
        const history = seen.filter(({ change }) => (change.object ?? change.previous)?.metadata.uid === object.metadata.uid);
        const since = history.findLastIndex(({ change }) => change.object === null || !is(change.object)) + 1;
        return since < history.length && each.nowUs - (history[since]?.nowUs ?? 0) >= KNOWN_US;
      };
      if (deployment === null || deployment === undefined || !stands(deployment, wantsReplicas)) continue;
      for (const object of latest.values()) {
        if (object?.kind === 'Workload' && (object as Workload).spec.owner === deployment.metadata.uid && stands(object, isReady))
          return say(lost, object as Workload);
      }
    }
    return null;
  }

  private note({ key, object }: ObjectChange, nowUs: Micros): void {
    const counts = object !== null && (isReady(object) || wantsReplicas(object));
    if (!counts) {
      this.wanted.delete(key);
      return;
    }
    const before = this.wanted.get(key);
    this.wanted.set(key, { object, sinceUs: before?.object.metadata.uid === object.metadata.uid ? before.sinceUs : nowUs });
  }

  private readyFor({ spec }: Service, nowUs: Micros): Workload | null {
    const deployment = this.wanted.get(objectKey('Deployment', spec.deployment));
    if (deployment === undefined || nowUs - deployment.sinceUs < KNOWN_US) return null;
    for (const { object, sinceUs } of this.wanted.values()) {
      if (
        object.kind === 'Workload' &&
        (object as Workload).spec.owner === deployment.object.metadata.uid &&
        nowUs - sinceUs >= KNOWN_US
      )
        return object as Workload;
    }
    return null;
  }
}

/** Of this very service, whose end nobody has asked for. */
function isServed({ metadata }: Service, { spec }: Endpoints): boolean {
  return metadata.uid === spec.service && metadata.deletionUs === null;
}

/** The endpoints that were there before this change, and are not any more. */
function lostEndpoints({ object, previous, authority }: ObjectChange): Endpoints | null {
  // What an operator takes away is the operator's doing.
  if (authority === null && object === null) return null;
  if (previous?.kind !== 'Endpoints' || (previous as Endpoints).spec.backends.length === 0) return null;
  return object === null || (object as Endpoints).spec.backends.length === 0 ? (previous as Endpoints) : null;
}

function isReady(object: Resource): boolean {
  return object.kind === 'Workload' && (object as Workload).status.ready && object.metadata.deletionUs === null;
}

function wantsReplicas(object: Resource): boolean {
  return object.kind === 'Deployment' && (object as Deployment).spec.replicas > 0 && object.metadata.deletionUs === null;
}

function say({ metadata }: Endpoints, backend: Workload): string {
  return `the endpoints of ${metadata.name} became empty although ${backend.metadata.name} on ${backend.spec.node} has been ready for a long time`;
}

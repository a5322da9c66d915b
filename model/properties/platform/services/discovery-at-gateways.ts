/**
 * Discovery at gateways: a gateway that has found a service's backends does not lose them
 * while the control plane has not said so.
 */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../../sim/index.ts';
import type { Endpoints } from '../../../api/resources/index.ts';
import { routedBoundary, type RoutedRequest } from '../../../regions/gateway-methods.ts';
import type { ObjectChange, ObjectStory, StoryOf } from '../placed-objects.ts';

/** Of one life of a gateway: what it knew before a restart it may have lost with its disk. */
export function discoveryAtGateways(storyOf: StoryOf): Property {
  return {
    id: 'platform/discovery-at-gateways',
    kind: 'always',
    title:
      'a gateway keeps using the routes that it knew last: they do not become empty, and never go back to an older generation',
    monitor: (report, scene, keepEvidence) => new DiscoveryAtGateways(report, storyOf(scene), keepEvidence),
  };
}

/** What one gateway has routed by. */
interface Routed {
  readonly service: string;
  readonly generation: number;
  /** Of the Endpoints as they stood when they were first routed by; another object starts counting its generations over. */
  readonly endpoints: string | undefined;
}

/** Endpoints that have had a backend ever since a generation of theirs. */
interface Unbroken {
  readonly uid: string;
  readonly since: number;
}

/** What happened, in order. */
type Evidence =
  | { readonly type: 'changed'; readonly object: Endpoints | null; readonly previous: Endpoints | null }
  | { readonly type: 'routed'; readonly gateway: string; readonly request: RoutedRequest }
  | { readonly type: 'crashed'; readonly gateway: string };

class DiscoveryAtGateways implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  /** By service, its Endpoints, as long as those have never been empty since they first had a backend. */
  private readonly unbroken = new Map<string, Unbroken>();
  private readonly broken = new Set<string>();
  /** By gateway and name of the service. */
  private readonly routed = new Map<string, Map<string, Routed>>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, story: ObjectStory, keepEvidence: boolean) {
    this.report = report;
    this.through = story.sources;
    story.follow((changes) => this.committed(changes), 'Endpoints');
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (routedBoundary as Boundary);
  }

  crashed({ name: gateway }: Process): void {
    this.evidence?.push({ type: 'crashed', gateway });
    this.routed.delete(gateway);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what === (routedBoundary as Boundary)) this.judge(process.name, body as RoutedRequest);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      const broken = seen.type === 'routed' ? judgeFromScratch(seen.gateway, seen.request, evidence.slice(0, at)) : null;
      if (broken !== null) return broken;
    }
    return null;
  }

  private committed(changes: readonly ObjectChange[]): void {
    for (const { object, previous } of changes) {
      if (previous?.kind === 'Endpoints' || object?.kind === 'Endpoints')
        this.changed(object as Endpoints | null, previous as Endpoints | null);
    }
  }

  private changed(object: Endpoints | null, previous: Endpoints | null): void {
    this.evidence?.push({ type: 'changed', object, previous });
    if (
      previous !== null &&
      (object === null || object.spec.backends.length === 0 || object.metadata.uid !== previous.metadata.uid)
    ) {
      this.unbroken.delete(previous.spec.service);
      if (previous.spec.backends.length > 0) this.broken.add(previous.spec.service);
    }
    if (
      object === null ||
      object.spec.backends.length === 0 ||
      this.broken.has(object.spec.service) ||
      this.unbroken.has(object.spec.service)
    )
      return;
    this.unbroken.set(object.spec.service, { uid: object.metadata.uid, since: object.metadata.generation });
  }

  private judge(gateway: string, request: RoutedRequest): void {
    this.evidence?.push({ type: 'routed', gateway, request });
    const { service, name, workload, generation } = request;
    const routes = this.routed.get(gateway) ?? new Map<string, Routed>();
    this.routed.set(gateway, routes);
    const before = routes.get(name);
    if (workload === '') {
      // A primary is found by its office: whoever was led to one may never have heard of a backend.
      const hadBackend = before !== undefined && before.generation >= (this.unbroken.get(before.service)?.since ?? Infinity);
      if (hadBackend && (service === '' || service === before.service)) this.report.violated(sayEmpty(gateway, request));
      return;
    }
    const endpoints = this.unbroken.get(service)?.uid;
    const isSame = before?.service === service && before.endpoints !== undefined && before.endpoints === endpoints;
    if (isSame && generation < before.generation) this.report.violated(sayOlder(gateway, request, before.generation));
    routes.set(name, { service, generation, endpoints });
  }
}

/** One request against all that had happened before. */
function judgeFromScratch(gateway: string, request: RoutedRequest, evidence: readonly Evidence[]): string | null {
  const { service, name, workload, generation } = request;
  const began = evidence.findLastIndex((each) => each.type === 'crashed' && each.gateway === gateway) + 1;
  const last = evidence.findLastIndex(
    (each) => each.type === 'routed' && each.gateway === gateway && each.request.name === name && each.request.workload !== '',
  );
  if (last < began) return null;
  const { request: before } = evidence[last] as Extract<Evidence, { readonly type: 'routed' }>;
  const unbroken = unbrokenOf(before.service, evidence);
  if (workload === '')
    return unbroken !== null && before.generation >= unbroken.since && (service === '' || service === before.service)
      ? sayEmpty(gateway, request)
      : null;
  const isSame =
    service === before.service && unbroken !== null && unbrokenOf(service, evidence.slice(0, last))?.uid === unbroken.uid;
  return isSame && generation < before.generation ? sayOlder(gateway, request, before.generation) : null;
}

/** The Endpoints of a service, when there has been a backend ever since there was the first. */
function unbrokenOf(service: string, evidence: readonly Evidence[]): Unbroken | null {
  const changes = evidence.flatMap((each) => (each.type === 'changed' ? [each] : []));
  const first = changes.find(({ object }) => object?.spec.service === service && object.spec.backends.length > 0)?.object;
  if (first === undefined || first === null) return null;
  const hasLost = changes.some(
    ({ object, previous }) =>
      previous?.spec.service === service &&
      previous.spec.backends.length > 0 &&
      (object === null || object.spec.backends.length === 0 || object.metadata.uid !== previous.metadata.uid),
  );
  return hasLost ? null : { uid: first.metadata.uid, since: first.metadata.generation };
}

function sayEmpty(gateway: string, { name }: RoutedRequest): string {
  return `${gateway} has no backend for ${name} any more, whose endpoints were never empty`;
}

function sayOlder(gateway: string, { name, generation }: RoutedRequest, before: number): string {
  return `${gateway} routes to ${name} by generation ${generation} after it had by generation ${before}`;
}

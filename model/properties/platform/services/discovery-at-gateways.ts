/** Discovery at gateways: a gateway that has found a service's backends does not lose them while the control plane has not said so. */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../../sim/index.ts';
import type { Endpoints } from '../../../api/resources/index.ts';
import { routedBoundary, type RoutedRequest } from '../../../regions/gateway-methods.ts';
import type { Change, CommitJournal, JournalOf } from '../journal.ts';

/** Of one life of a gateway: what it knew before a restart it may have lost with its disk. */
export function discoveryAtGateways(journalOf: JournalOf): Property {
  return {
    id: 'platform/discovery-at-gateways',
    kind: 'always',
    title: 'a gateway goes on with what it knew last: routes do not become empty, and never go back to an older generation',
    monitor: (report, scene, keepEvidence) => new DiscoveryAtGateways(report, journalOf(scene), keepEvidence),
  };
}

/** What one gateway has routed by. */
interface Routed {
  readonly service: string;
  readonly generation: number;
  /** Of the Endpoints as they stood when they were first routed by; another object counts its generations anew. */
  readonly endpoints: string | undefined;
}

/** Endpoints that have had a backend ever since a generation of theirs. */
interface Unbroken {
  readonly uid: string;
  readonly since: number;
}

class DiscoveryAtGateways implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  /** By service, its Endpoints, as long as those have never been empty since they first had a backend. */
  private readonly unbroken = new Map<string, Unbroken>();
  private readonly broken = new Set<string>();
  /** By gateway and name of the service. */
  private readonly routed = new Map<string, Map<string, Routed>>();
  private readonly evidence: string[] | null;

  constructor(report: Report, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes), 'Endpoints');
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (routedBoundary as Boundary);
  }

  crashed(process: Process): void {
    this.routed.delete(process.name);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what === (routedBoundary as Boundary)) this.judge(process.name, body as RoutedRequest);
  }

  fullCheck(): string | null {
    return this.evidence?.[0] ?? null;
  }

  private committed(changes: readonly Change[]): void {
    for (const { object, previous } of changes) {
      if (previous?.kind === 'Endpoints' || object?.kind === 'Endpoints') this.changed(object as Endpoints | null, previous as Endpoints | null);
    }
  }

  private changed(object: Endpoints | null, previous: Endpoints | null): void {
    if (previous !== null && (object === null || object.spec.backends.length === 0 || object.metadata.uid !== previous.metadata.uid)) {
      this.unbroken.delete(previous.spec.service);
      if (previous.spec.backends.length > 0) this.broken.add(previous.spec.service);
    }
    if (object === null || object.spec.backends.length === 0 || this.broken.has(object.spec.service) || this.unbroken.has(object.spec.service)) return;
    this.unbroken.set(object.spec.service, { uid: object.metadata.uid, since: object.metadata.generation });
  }

  private judge(gateway: string, { service, name, workload, generation }: RoutedRequest): void {
    const routes = this.routed.get(gateway) ?? new Map<string, Routed>();
    this.routed.set(gateway, routes);
    const before = routes.get(name);
    if (workload === '') {
      // A primary is found by its office: whoever was led to one may never have heard of a backend.
      const hadBackend = before !== undefined && before.generation >= (this.unbroken.get(before.service)?.since ?? Infinity);
      if (hadBackend && (service === '' || service === before.service)) this.broke(`${gateway} has no backend for ${name} any more, whose endpoints were never empty`);
      return;
    }
    const endpoints = this.unbroken.get(service)?.uid;
    const isSame = before?.service === service && before.endpoints !== undefined && before.endpoints === endpoints;
    if (isSame && generation < before.generation) this.broke(`${gateway} routes to ${name} by generation ${generation} after it had by generation ${before.generation}`);
    routes.set(name, { service, generation, endpoints });
  }

  private broke(message: string): void {
    this.evidence?.push(message);
    this.report.violated(message);
  }
}

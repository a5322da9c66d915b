/** Services converge: after the heal, what is published, who holds office and what gateways route by are what there is. */
import type { Monitor, Observer, Property, Scene } from '../../../../sim/index.ts';
import { objectKey, type Deployment, type DnsPlan, type Endpoints, type Primary, type Resource, type ResourceKind, type Service, type Workload } from '../../../api/resources/index.ts';
import type { DnsView } from '../../../outside/dns/dns.ts';
import type { GatewayView } from '../../../regions/gateway.ts';
import type { CommitJournal, JournalOf } from '../journal.ts';
import { nodeView } from '../members.ts';

export function servicesConverge(journalOf: JournalOf): Property {
  return {
    id: 'platform/services-converge',
    kind: 'eventually',
    title: 'endpoints, primaries, the routes of gateways and the names in DNS come to match what runs',
    monitor: (_report, scene) => new ServicesConverge(scene, journalOf(scene)),
  };
}

class ServicesConverge implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly journal: CommitJournal;

  constructor(scene: Scene, journal: CommitJournal) {
    this.scene = scene;
    this.journal = journal;
    this.through = [journal];
  }

  pending(): string | null {
    const services = new Map<string, Service>();
    const strays: (Endpoints | Primary | DnsPlan)[] = [];
    const newest = new Map<string, number>();
    const workloads: Workload[] = [];
    for (const object of this.journal.objects.values()) {
      if (object.kind === 'Service') services.set(object.metadata.uid, object as Service);
      else if (object.kind === 'Endpoints' || object.kind === 'Primary' || object.kind === 'DnsPlan') strays.push(object as Endpoints | Primary | DnsPlan);
      else if (object.kind === 'Workload') workloads.push(object as Workload);
      if (object.kind === 'DnsPlan') newest.set((object as DnsPlan).spec.service, Math.max((object as DnsPlan).spec.number, newest.get((object as DnsPlan).spec.service) ?? 0));
    }
    for (const { metadata } of services.values()) if (metadata.deletionUs !== null) return `service ${metadata.name} was deleted, and is still there`;
    const stray = strays.find(({ spec }) => !services.has(spec.service));
    if (stray !== undefined) return `${stray.kind} ${stray.metadata.name} is there, and its service is gone`;
    for (const service of services.values()) {
      const missing = this.unserved(service, workloads);
      if (missing !== null) return missing;
    }
    return this.unrouted(services) ?? this.unnamed(newest);
  }

  private unserved({ metadata, spec }: Service, workloads: readonly Workload[]): string | null {
    const { name } = metadata;
    const endpoints = this.find('Endpoints', name) as Endpoints | undefined;
    if (endpoints === undefined) return `service ${name} has no endpoints`;
    const deployment = this.find('Deployment', spec.deployment) as Deployment | undefined;
    const ready = workloads.filter((workload) => deployment !== undefined && workload.spec.owner === deployment.metadata.uid && workload.status.ready && workload.metadata.deletionUs === null);
    // What was published last stays as long as some are wanted and none is ready.
    if (ready.length === 0 && deployment !== undefined && deployment.spec.replicas > 0) return null;
    const published = endpoints.spec.backends.map(({ workload }) => workload).join(' ');
    const wanted = ready.map(({ metadata: { uid } }) => uid).sort((a, b) => (a < b ? -1 : 1)).join(' ');
    if (published !== wanted) return `the endpoints of ${name} are ${published === '' ? 'empty' : published}, and ready are ${wanted === '' ? 'none' : wanted}`;
    return spec.mode === 'primary' && ready.length > 0 ? this.unheld(name, ready) : null;
  }

  private unheld(name: string, ready: readonly Workload[]): string | null {
    const primary = this.find('Primary', name) as Primary | undefined;
    if (primary === undefined || primary.spec.workload === '') return `nobody is the primary of ${name}`;
    const { workload, node, epoch, service } = primary.spec;
    if (!ready.some(({ metadata }) => metadata.uid === workload)) return `${workload} is the primary of ${name}, and not ready`;
    const serving = nodeView(this.scene, node)?.serving ?? null;
    const office = serving?.offices.find((each) => each.service === service);
    return office?.holds === true && office.epoch === epoch ? null : `${node} does not hold the office of ${name} under epoch ${epoch}`;
  }

  private unrouted(services: ReadonlyMap<string, Service>): string | null {
    for (const { name: gateway } of this.scene.processes()) {
      if (!gateway.startsWith('gateway-')) continue;
      const view = this.scene.inspect(gateway) as GatewayView | null;
      if (view === null) return `${gateway} is down`;
      const known = new Set(view.routes.map(({ service }) => service));
      for (const [uid, { metadata }] of services) if (!known.has(uid)) return `${gateway} does not know ${metadata.name}`;
      for (const { name, service, generation, primary } of view.routes) {
        const endpoints = this.find('Endpoints', name) as Endpoints | undefined;
        if (endpoints?.spec.service !== service || endpoints.metadata.generation !== generation) return `${gateway} routes to ${name} by generation ${generation} of its endpoints`;
        const office = this.find('Primary', name) as Primary | undefined;
        if (endpoints.spec.mode === 'primary' && (office?.spec.workload ?? '') !== (primary?.workload ?? '')) return `${gateway} takes ${primary?.workload ?? 'nobody'} for the primary of ${name}`;
      }
    }
    return null;
  }

  private unnamed(newest: ReadonlyMap<string, number>): string | null {
    const zone = this.scene.inspect('dns') as DnsView | null;
    if (zone === null) return 'the DNS is down';
    for (const { service, record, active, plans } of zone.entries) {
      if (!newest.has(service)) return `${record} leads to plan ${active} of ${service}, which is gone`;
      if (!plans.includes(active)) return `plan ${active} of ${record} is in force and does not stand`;
    }
    for (const [service, number] of newest) {
      const entry = zone.entries.find((each) => each.service === service);
      if (entry?.active !== number) return `plan ${number} of ${service} is the newest, and ${entry?.active ?? 'none'} is in force`;
    }
    return null;
  }

  private find(kind: ResourceKind, name: string): Resource | undefined {
    return this.journal.objects.get(objectKey(kind, name));
  }
}

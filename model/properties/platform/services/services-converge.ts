/** Services converge: after the heal, what is published, who holds office and what gateways route by are what there is. */
import { byCodeUnit, type Monitor, type Observer, type Property, type Scene } from '../../../../sim/index.ts';
import {
  objectKey,
  type Deployment,
  type DnsPlan,
  type Endpoints,
  type Primary,
  type Resource,
  type ResourceKind,
  type Service,
  type Workload,
} from '../../../api/resources/index.ts';
import type { DnsView } from '../../../outside/dns/dns.ts';
import type { GatewayView } from '../../../regions/gateway.ts';
import { PLANS_BEHIND } from '../../../controllers/planner.ts';
import { PLANS_BEHIND as RECORDS_BEHIND } from '../../../regions/enactor.ts';
import { nodeView } from '../members.ts';
import type { ObjectStory, StoryOf } from '../placed-objects.ts';

export function servicesConverge(storyOf: StoryOf): Property {
  return {
    id: 'platform/services-converge',
    kind: 'eventually',
    title: 'endpoints, primaries, the routes of gateways and the names in DNS come to match what runs',
    monitor: (_report, scene) => new ServicesConverge(scene, storyOf(scene)),
  };
}

class ServicesConverge implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly story: ObjectStory;

  constructor(scene: Scene, story: ObjectStory) {
    this.scene = scene;
    this.story = story;
    this.through = story.sources;
  }

  *waits(): Iterable<string> {
    const services = new Map<string, Service>();
    const strays: (Endpoints | Primary | DnsPlan)[] = [];
    const newest = new Map<string, DnsPlan>();
    const plans = new Map<string, number>();
    const workloads: Workload[] = [];
    for (const object of this.story.objects.values()) {
      if (object.kind === 'Service') services.set(object.metadata.uid, object as Service);
      else if (object.kind === 'Endpoints' || object.kind === 'Primary' || object.kind === 'DnsPlan')
        strays.push(object as Endpoints | Primary | DnsPlan);
      else if (object.kind === 'Workload') workloads.push(object as Workload);
      if (object.kind === 'DnsPlan') {
        const { service, number } = (object as DnsPlan).spec;
        plans.set(service, (plans.get(service) ?? 0) + 1);
        if (number > (newest.get(service)?.spec.number ?? 0)) newest.set(service, object as DnsPlan);
      }
    }
    for (const { metadata } of services.values())
      if (metadata.deletionUs !== null) yield `service ${metadata.name} was deleted, and is still there`;
    for (const { kind, metadata, spec } of strays)
      if (!services.has(spec.service)) yield `${kind} ${metadata.name} is there, and its service is gone`;
    for (const service of services.values()) {
      const missing = this.unserved(service, workloads);
      if (missing !== null) yield missing;
    }
    yield* this.unrouted(services);
    for (const service of services.values()) {
      const misled = this.misled(service, newest.get(service.metadata.uid));
      if (misled !== null) yield misled;
      const count = plans.get(service.metadata.uid) ?? 0;
      if (count > 1 + PLANS_BEHIND) yield `${count} DnsPlans of ${service.metadata.name} are there`;
    }
    yield* this.unnamed(newest);
  }

  private unserved({ metadata, spec }: Service, workloads: readonly Workload[]): string | null {
    const { name } = metadata;
    const endpoints = this.find('Endpoints', name) as Endpoints | undefined;
    if (endpoints === undefined) return `there are no Endpoints ${name} for this service`;
    const deployment = this.find('Deployment', spec.deployment) as Deployment | undefined;
    const ready = workloads.filter(
      (workload) =>
        deployment !== undefined &&
        workload.spec.owner === deployment.metadata.uid &&
        workload.status.ready &&
        workload.metadata.deletionUs === null,
    );
    // What was published last stays as long as some are wanted and none is ready.
    if (ready.length === 0 && deployment !== undefined && deployment.spec.replicas > 0) return null;
    const published = endpoints.spec.backends.map(({ workload }) => workload).join(' ');
    const wanted = ready
      .map(({ metadata: { uid } }) => uid)
      .sort(byCodeUnit)
      .join(' ');
    if (published !== wanted)
      return `the endpoints of ${name} are ${published === '' ? 'empty' : published}, and ready are ${wanted === '' ? 'none' : wanted}`;
    return spec.mode === 'primary' && ready.length > 0 ? this.unheld(name, ready) : null;
  }

  private unheld(name: string, ready: readonly Workload[]): string | null {
    const primary = this.find('Primary', name) as Primary | undefined;
    if (primary === undefined || primary.spec.workload === '') return `nobody is the primary of ${name}`;
    const { workload, node, epoch, service, inSync } = primary.spec;
    if (!ready.some(({ metadata }) => metadata.uid === workload)) return `${workload} is the primary of ${name}, and not ready`;
    const serving = nodeView(this.scene, node)?.serving ?? null;
    const office = serving?.offices.find((each) => each.service === service);
    if (office?.holds !== true || office.epoch !== epoch)
      return `${node} does not hold the office of ${name} under epoch ${epoch}`;
    const behind = ready.find(({ metadata }) => !inSync.includes(metadata.uid));
    return behind === undefined ? null : `${behind.metadata.uid} does not follow the primary of ${name} closely`;
  }

  private *unrouted(services: ReadonlyMap<string, Service>): Iterable<string> {
    for (const { name: gateway } of this.scene.processes()) {
      if (!gateway.startsWith('gateway-')) continue;
      const view = this.scene.inspect(gateway) as GatewayView | null;
      if (view === null) {
        yield `${gateway} is down`;
        continue;
      }
      const known = new Set(view.routes.map(({ service }) => service));
      for (const [uid, { metadata }] of services) if (!known.has(uid)) yield `${gateway} does not know ${metadata.name}`;
      for (const { name, service, generation, primary } of view.routes) {
        const endpoints = this.find('Endpoints', name) as Endpoints | undefined;
        if (endpoints?.spec.service !== service || endpoints.metadata.generation !== generation) {
          yield `${gateway} routes to ${name} by generation ${generation} of its endpoints`;
          continue;
        }
        const office = this.find('Primary', name) as Primary | undefined;
        if (endpoints.spec.mode === 'primary' && (office?.spec.workload ?? '') !== (primary?.workload ?? ''))
          yield `${gateway} takes ${primary?.workload ?? 'nobody'} for the primary of ${name}`;
      }
    }
  }

  /** The newest plan leads to the regions in which the service has backends; without any it stays as it was. */
  private misled({ metadata }: Service, plan: DnsPlan | undefined): string | null {
    const { name } = metadata;
    const backends = (this.find('Endpoints', name) as Endpoints | undefined)?.spec.backends ?? [];
    const wanted = [...new Set(backends.map(({ region }) => region))].sort(byCodeUnit).join(' ');
    if (wanted === '') return null;
    const planned = plan?.spec.targets.join(' ') ?? '';
    return planned === wanted
      ? null
      : `${name} is to lead to ${planned === '' ? 'no region' : planned}, and its backends are in ${wanted}`;
  }

  private *unnamed(newest: ReadonlyMap<string, DnsPlan>): Iterable<string> {
    const zone = this.scene.inspect('dns') as DnsView | null;
    if (zone === null) {
      yield 'the DNS is down';
      return;
    }
    for (const { service, record, active, plans } of zone.entries) {
      if (!newest.has(service)) yield `${record} leads to plan ${active} of ${service}, which is gone`;
      else if (!plans.includes(active)) yield `plan ${active} of ${record} is in force and does not stand`;
      else if (plans.length > 1 + RECORDS_BEHIND) yield `${plans.length} plans of ${record} stand at the DNS: ${plans.join(' ')}`;
    }
    for (const [service, { spec }] of newest) {
      const entry = zone.entries.find((each) => each.service === service);
      if (entry?.active !== spec.number)
        yield `plan ${spec.number} of ${service} is the newest, and ${entry?.active ?? 'none'} is in force`;
    }
  }

  private find(kind: ResourceKind, name: string): Resource | undefined {
    return this.story.objects.get(objectKey(kind, name));
  }
}

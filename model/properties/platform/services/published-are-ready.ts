/** What is published is ready: who leads publishes nobody that was gone before it led, and nobody stays published for long who serves no more. */
import { formatTime, seconds, type Fault, type Micros, type Process, type Property } from '../../../../sim/index.ts';
import {
  isAvailable,
  objectKey,
  type Deployment,
  type Endpoints,
  type Resource,
  type Service,
  type Workload,
} from '../../../api/resources/index.ts';
import { ENDPOINTS_ROLE } from '../../../controllers/machinery/options.ts';
import type { Design } from '../../../design.ts';
import { CalmJudge, CalmMonitor } from '../calm-monitor.ts';
import type { Change, JournalOf } from '../journal.ts';

/**
 * A leader has caught up with all that was committed before its grant, so each backend of what it publishes was ready at some time
 * since then, however much its caches lag later. That lag has no bound while faults last: that somebody is published who has not
 * been ready for long counts only when nothing has gone wrong for as long, except that nodes may be without power. When none at
 * all is ready, those that were published last stay.
 */
export function publishedAreReady(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/published-are-ready',
    kind: 'always',
    title:
      'a leader publishes no backend that was gone before it led, and none stays published that has not been ready for long while others are',
    monitor: (report, scene, keepEvidence) =>
      new CalmMonitor(report, scene, {
        journal: journalOf(scene),
        subjects: ['Endpoints', 'Workload', 'Node', 'Service', 'Deployment', 'grant'],
        judge: () => new Judge(design),
        keepEvidence,
      }),
  };
}

/** By then whoever publishes has heard of a change, and has published, when all is in order. */
const KNOWN_US = seconds(5);

interface Ready {
  readonly workload: Workload;
  readonly sinceUs: Micros;
}

/** When a workload ceased to be ready, or came to be without being so. */
interface Ceased {
  readonly revision: number;
  readonly sinceUs: Micros;
}

/** Of workloads that are ready no more, those that are remembered. */
const CEASED = 4_096;

class Judge extends CalmJudge {
  private readonly calmUs: Micros;
  /** The newest one: a token, and the revision with which whoever holds it began to lead. */
  private grant: { readonly token: number; readonly revision: number } | null = null;
  /** By uid of the workload. */
  private readonly ready = new Map<string, Ready>();
  private readonly ceased = new Map<string, Ceased>();
  /** By key. */
  private readonly published = new Map<string, Endpoints>();
  private readonly objects = new Map<string, Service | Deployment>();
  /** Since when the object of a node is there, by its name. */
  private readonly nodes = new Map<string, Micros>();

  constructor(design: Design) {
    super();
    this.calmUs = inOrderWithinUs(design);
  }

  override struck(fault: Fault, processes: readonly Process[], nowUs: Micros): void {
    const takesPower = fault.do === 'crash' || fault.do === 'lose-disk';
    if (!takesPower || !processes.every(({ name }) => isNode(name))) super.struck(fault, processes, nowUs);
  }

  override stirred(process: string, nowUs: Micros): void {
    if (!isNode(process)) super.stirred(process, nowUs);
  }

  override changed({ key, object, previous, revision, authority, granted }: Change, nowUs: Micros): string | null {
    if (granted?.role === ENDPOINTS_ROLE) this.grant = { token: granted.token, revision };
    const { kind, metadata } = object ?? previous ?? { kind: null, metadata: null };
    if (kind === 'Workload') this.changedWorkload(object as Workload | null, metadata.uid, { revision, sinceUs: nowUs });
    else if (kind === 'Node') this.changedNode(object, metadata.name, nowUs);
    else if (kind === 'Endpoints') {
      const endpoints = object as Endpoints | null;
      if (endpoints === null) this.published.delete(key);
      else this.published.set(key, endpoints);
      if (endpoints !== null && authority?.token === this.grant?.token && !isSame(endpoints, previous as Endpoints | null))
        return this.goneBefore(endpoints);
    } else if (kind === 'Service' || kind === 'Deployment') {
      if (object === null) this.objects.delete(key);
      else this.objects.set(key, object as Service | Deployment);
    }
    return null;
  }

  /** Who stays published although it has not been ready for long, in words. */
  override look(nowUs: Micros): string | null {
    const calmSinceUs = this.troubles.calmSinceUs(nowUs);
    if (calmSinceUs === null || this.troubles.someAreDark || nowUs - calmSinceUs <= this.calmUs) return null;
    for (const { metadata, spec } of this.published.values()) {
      for (const { workload, node } of spec.backends) {
        const ceased = this.ceased.get(workload);
        if (ceased === undefined || nowUs - ceased.sinceUs <= KNOWN_US) continue;
        const other = this.readyFor(metadata.name, spec.service, nowUs - KNOWN_US);
        if (other !== null)
          return `${workload} on ${node} is still published for ${metadata.name}, although it has not been ready for ${formatTime(nowUs - ceased.sinceUs)}, and ${other.metadata.uid} is`;
      }
    }
    return null;
  }

  private changedWorkload(workload: Workload | null, uid: string, when: Ceased): void {
    if (workload !== null && isAvailable(workload)) {
      this.ceased.delete(uid);
      this.ready.set(uid, { workload, sinceUs: this.ready.get(uid)?.sinceUs ?? when.sinceUs });
      return;
    }
    this.ready.delete(uid);
    if (this.ceased.has(uid)) return;
    this.ceased.set(uid, when);
    if (this.ceased.size > CEASED) for (const oldest of this.ceased.keys()) if (this.ceased.delete(oldest)) break;
  }

  private changedNode(node: Resource | null, name: string, nowUs: Micros): void {
    if (node === null) this.nodes.delete(name);
    else if (!this.nodes.has(name)) this.nodes.set(name, nowUs);
  }

  private goneBefore({ metadata, spec }: Endpoints): string | null {
    if (this.grant === null) return null;
    const { token, revision } = this.grant;
    for (const { workload, node } of spec.backends) {
      const ceased = this.ceased.get(workload);
      if (ceased !== undefined && ceased.revision < revision)
        return `${workload} on ${node} is published for ${metadata.name} under token ${token}, and was ready at no time since that was granted`;
    }
    return null;
  }

  /** Who has been ready to serve since then, on a node that has been there since then. */
  private readyFor(name: string, uid: string, byUs: Micros): Workload | null {
    const service = this.objects.get(objectKey('Service', name)) as Service | undefined;
    if (service?.metadata.uid !== uid || service.metadata.deletionUs !== null) return null;
    const owner = this.objects.get(objectKey('Deployment', service.spec.deployment))?.metadata.uid;
    for (const { workload, sinceUs } of this.ready.values()) {
      const registeredUs = this.nodes.get(workload.spec.node);
      if (workload.spec.owner === owner && sinceUs <= byUs && registeredUs !== undefined && registeredUs <= byUs) return workload;
    }
    return null;
  }
}

function isNode(name: string): boolean {
  return name.startsWith('node-');
}

function isSame(endpoints: Endpoints, previous: Endpoints | null): boolean {
  return JSON.stringify(endpoints.spec.backends) === JSON.stringify(previous?.spec.backends);
}

/** Clocks may run slower by a tenth; a quarter leaves room. */
const CLOCK_FACTOR = 1.25;
/** For what is under way: another leader that catches up, work that is taken up again after a pause, watches that begin anew. */
const SLACK_US = seconds(8);

function inOrderWithinUs({ leaseDurationUs }: Design): Micros {
  return Math.ceil(CLOCK_FACTOR * leaseDurationUs) + SLACK_US;
}

/**
 * Contained failover: no primary loses its office while most of those who look at it find it alive, nor when
 * it has hardly got it, nor for nobody.
 */
import {
  seconds,
  type Boundary,
  type Micros,
  type Monitor,
  type Observer,
  type Process,
  type Property,
  type Report,
  type Scene,
} from '../../../../sim/index.ts';
import type { Primary, Workload } from '../../../api/resources/index.ts';
import type { Design } from '../../../design.ts';
import { checkedBoundary, type CheckedBackend } from '../../../regions/gateway-methods.ts';
import type { ObjectChange, ObjectStory, StoryOf } from '../placed-objects.ts';

/** Whoever decides knows by then what was reported, and has given up on what was decided before. */
const KNOWN_INTERVALS = 6;

export function failoverJustified(storyOf: StoryOf, design: Design): Property {
  return {
    id: 'platform/failover-justified',
    kind: 'always',
    title:
      'no primary loses its office while most vantage points have been finding it alive for some time, within the pause between two failovers, or while all who could follow look dead',
    monitor: (report, scene, keepEvidence) => new FailoverJustified(report, scene, storyOf(scene), design, keepEvidence),
  };
}

/** How one vantage point has found one workload of late. */
interface Sight {
  readonly ok: boolean;
  readonly sinceUs: Micros;
  readonly lastUs: Micros;
}

interface Deposed {
  readonly nowUs: Micros;
  readonly primary: Primary;
  readonly readySinceUs: Micros | null;
  /** How long it was in office; null when that is not known, or it had been deleted. */
  readonly heldUs: Micros | null;
}

/** Whether a gateway has found a workload alive, or dead, in each of its checks for the service for so long. */
type Found = (gateway: string, workload: string, ok: boolean, forUs: Micros) => boolean;

class FailoverJustified implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly knownUs: Micros;
  private readonly knownDeadUs: Micros;
  private readonly freshUs: Micros;
  private readonly pauseUs: Micros;
  private readonly gateways: readonly string[];
  /** By workload, and by service and gateway. */
  private readonly sights = new Map<string, Map<string, Sight>>();
  /** Since when somebody is in office under an epoch, by uid of the Primary. */
  private readonly held = new Map<string, { readonly epoch: number; readonly sinceUs: Micros }>();
  /** Workloads that nobody has deleted, by uid. */
  private readonly wanted = new Set<string>();
  /** Since when workloads are ready to serve, by uid. */
  private readonly ready = new Map<string, Micros>();
  private readonly checks: { readonly nowUs: Micros; readonly gateway: string; readonly check: CheckedBackend }[] | null;
  private readonly deposed: Deposed[] = [];

  constructor(report: Report, scene: Scene, story: ObjectStory, design: Design, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = story.sources;
    story.follow((changes) => changes.forEach((change) => this.changed(change)), 'Primary', 'Workload');
    this.knownUs = Math.max(seconds(5), KNOWN_INTERVALS * design.healthCheckUs) + design.apiRequestUs;
    this.knownDeadUs = this.knownUs + design.unhealthyChecks * design.healthCheckUs;
    // By the clock of whoever leads, which may run faster than the true one.
    this.pauseUs = Math.floor((design.failoverPauseUs * 100) / (100 + design.failoverMarginPercent));
    this.freshUs = 2 * design.healthCheckUs + design.healthTimeoutUs;
    this.gateways = scene.processes().flatMap(({ name }) => (name.startsWith('gateway-') ? [name] : []));
    this.checks = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (checkedBoundary as Boundary);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what === (checkedBoundary as Boundary)) this.checked(process.name, body as CheckedBackend);
  }

  fullCheck(): string | null {
    for (const deposed of this.deposed) {
      const { nowUs } = deposed;
      const { service } = deposed.primary.spec;
      const fault = this.faultOf(deposed, (gateway, workload, ok, forUs) => {
        const own = (this.checks ?? []).filter(
          ({ gateway: from, check, nowUs: atUs }) =>
            from === gateway && check.service === service && check.workload === workload && atUs <= nowUs,
        );
        const last = own.at(-1);
        const first = own[own.findLastIndex(({ check }) => check.ok !== ok) + 1];
        return last !== undefined && first !== undefined && nowUs - last.nowUs <= this.freshUs && nowUs - first.nowUs >= forUs;
      });
      if (fault !== null) return fault;
    }
    return null;
  }

  private faultOf({ nowUs, primary, readySinceUs, heldUs }: Deposed, found: Found): string | null {
    if (heldUs !== null && heldUs < this.pauseUs) return sayHasty(primary, heldUs);
    // One that is not ready, or was not until just now, may hand over in good order.
    if (readySinceUs === null || nowUs - readySinceUs < this.knownUs) return null;
    const { workload, inSync } = primary.spec;
    const alive = this.gateways.filter((gateway) => found(gateway, workload, true, this.knownUs));
    if (this.areMost(alive)) return say(primary, alive);
    const successors = inSync.filter((uid) => uid !== workload);
    const isForNobody =
      successors.length > 0 &&
      successors.every((uid) => this.areMost(this.gateways.filter((gateway) => found(gateway, uid, false, this.knownDeadUs))));
    return isForNobody ? sayForNobody(primary, successors) : null;
  }

  private areMost(gateways: readonly string[]): boolean {
    return gateways.length * 2 > this.gateways.length;
  }

  private checked(gateway: string, check: CheckedBackend): void {
    const nowUs = this.scene.nowUs();
    this.checks?.push({ nowUs, gateway, check });
    let sights = this.sights.get(check.workload);
    if (sights === undefined) {
      sights = new Map();
      this.sights.set(check.workload, sights);
    }
    const from = `${check.service} ${gateway}`;
    const before = sights.get(from);
    sights.set(from, { ok: check.ok, sinceUs: before?.ok === check.ok ? before.sinceUs : nowUs, lastUs: nowUs });
  }

  private changed({ object, previous }: ObjectChange): void {
    if (object?.kind === 'Workload' || previous?.kind === 'Workload')
      this.noteWorkload(object as Workload | null, previous as Workload | null);
    if (object?.kind === 'Primary' || previous?.kind === 'Primary')
      this.notePrimary(object as Primary | null, previous as Primary | null);
  }

  private notePrimary(after: Primary | null, before: Primary | null): void {
    const nowUs = this.scene.nowUs();
    const uid = (after ?? before)?.metadata.uid ?? '';
    const held = this.held.get(uid);
    if (after === null) this.held.delete(uid);
    else if (after.spec.workload !== '' && held?.epoch !== after.spec.epoch)
      this.held.set(uid, { epoch: after.spec.epoch, sinceUs: nowUs });
    if (after === null || before === null || before.metadata.uid !== after.metadata.uid) return;
    const { service, workload } = before.spec;
    if (workload === '' || after.spec.workload === workload) return;
    const heldUs = this.wanted.has(workload) && held?.epoch === before.spec.epoch ? nowUs - held.sinceUs : null;
    const deposed: Deposed = { nowUs, primary: before, readySinceUs: this.ready.get(workload) ?? null, heldUs };
    if (this.checks !== null) this.deposed.push(deposed);
    const fault = this.faultOf(deposed, (gateway, seen, ok, forUs) => {
      const sight = this.sights.get(seen)?.get(`${service} ${gateway}`);
      return sight?.ok === ok && nowUs - sight.lastUs <= this.freshUs && nowUs - sight.sinceUs >= forUs;
    });
    if (fault !== null) this.report.violated(fault);
  }

  private noteWorkload(object: Workload | null, previous: Workload | null): void {
    const uid = (object ?? previous)?.metadata.uid ?? '';
    if (object !== null && object.metadata.deletionUs === null) this.wanted.add(uid);
    else this.wanted.delete(uid);
    if (object === null) {
      this.sights.delete(uid);
      this.ready.delete(uid);
    } else if (!object.status.ready || object.metadata.deletionUs !== null) {
      this.ready.delete(uid);
    } else if (!this.ready.has(uid)) {
      this.ready.set(uid, this.scene.nowUs());
    }
  }
}

function say({ metadata, spec }: Primary, alive: readonly string[]): string {
  return `${spec.workload} on ${spec.node} lost the office of ${metadata.name} under epoch ${spec.epoch}, although ${alive.join(' and ')} have long found it alive`;
}

function sayHasty({ metadata, spec }: Primary, heldUs: Micros): string {
  return `${spec.workload} on ${spec.node} lost the office of ${metadata.name} under epoch ${spec.epoch} ${heldUs} µs after it had got it, and nobody had deleted it`;
}

function sayForNobody({ metadata, spec }: Primary, successors: readonly string[]): string {
  return `${spec.workload} on ${spec.node} lost the office of ${metadata.name} under epoch ${spec.epoch}, although all who follow, ${successors.join(' and ')}, have long looked dead as well`;
}

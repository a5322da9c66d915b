/** Contained failover: no primary loses its office while most of those who look at it find it alive. */
import { seconds, type Boundary, type Micros, type Monitor, type Observer, type Process, type Property, type Report, type Scene } from '../../../../sim/index.ts';
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
    title: 'no primary loses its office while most vantage points have been finding it alive for some time',
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
}

class FailoverJustified implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly knownUs: Micros;
  private readonly freshUs: Micros;
  private readonly gateways: readonly string[];
  /** By workload and gateway. */
  private readonly sights = new Map<string, Map<string, Sight>>();
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
    for (const { nowUs, primary, readySinceUs } of this.deposed) {
      if (readySinceUs === null || nowUs - readySinceUs < this.knownUs) continue;
      const alive = this.gateways.filter((gateway) => {
        const own = (this.checks ?? []).filter((each) => each.gateway === gateway && each.check.workload === primary.spec.workload && each.nowUs <= nowUs);
        const last = own.at(-1);
        const first = own[own.findLastIndex(({ check }) => !check.ok) + 1];
        return last !== undefined && first !== undefined && nowUs - last.nowUs <= this.freshUs && nowUs - first.nowUs >= this.knownUs;
      });
      if (alive.length * 2 > this.gateways.length) return say(primary, alive);
    }
    return null;
  }

  private checked(gateway: string, check: CheckedBackend): void {
    const nowUs = this.scene.nowUs();
    this.checks?.push({ nowUs, gateway, check });
    let sights = this.sights.get(check.workload);
    if (sights === undefined) {
      sights = new Map();
      this.sights.set(check.workload, sights);
    }
    const before = sights.get(gateway);
    sights.set(gateway, { ok: check.ok, sinceUs: before?.ok === check.ok ? before.sinceUs : nowUs, lastUs: nowUs });
  }

  private changed({ object, previous }: ObjectChange): void {
    if (object?.kind === 'Workload' || previous?.kind === 'Workload') this.noteWorkload(object as Workload | null, previous as Workload | null);
    if (object?.kind !== 'Primary' || previous?.kind !== 'Primary') return;
    const [before, after] = [previous as Primary, object as Primary];
    const { workload } = before.spec;
    if (workload === '' || after.spec.workload === workload || before.metadata.uid !== after.metadata.uid) return;
    const nowUs = this.scene.nowUs();
    const readySinceUs = this.ready.get(workload) ?? null;
    if (this.checks !== null) this.deposed.push({ nowUs, primary: before, readySinceUs });
    // One that is not ready, or was not until just now, may hand over in good order.
    if (readySinceUs === null || nowUs - readySinceUs < this.knownUs) return;
    const sights = this.sights.get(workload);
    const alive = this.gateways.filter((gateway) => {
      const sight = sights?.get(gateway);
      return sight?.ok === true && nowUs - sight.lastUs <= this.freshUs && nowUs - sight.sinceUs >= this.knownUs;
    });
    if (alive.length * 2 > this.gateways.length) this.report.violated(say(before, alive));
  }

  private noteWorkload(object: Workload | null, previous: Workload | null): void {
    const uid = (object ?? previous)?.metadata.uid ?? '';
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

/**
 * A node's agent: registers its node, keeps its lease, runs the workloads that are bound to it and reports what became of them.
 */
import {
  ms,
  Signal,
  type Boot,
  type Co,
  type Connection,
  type ConnectionHandler,
  type Micros,
  type Os,
  type Program,
} from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import { Informer } from '../api/client/informer.ts';
import type { Workload, WorkloadStatus } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { ImageClient } from '../outside/artifacts/image-client.ts';
import { Placement } from '../outside/placement.ts';
import type { Container } from './container.ts';
import { Heartbeat } from './heartbeat.ts';
import { Mounts } from './mounts.ts';
import { Runtime } from './runtime.ts';
import { Serving, type ServingView } from './serving/serving.ts';
import { NodeTelemetry, type NodeTelemetryView } from './node-telemetry.ts';

export interface NodeAgentOptions {
  readonly region: string;
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
  /** Artifact registries, from which it pulls what is to run. */
  readonly registries: readonly string[];
  /** Telemetry collectors and status stores, to which it tells what it does. */
  readonly collectors: readonly string[];
  readonly statusStores: readonly string[];
  /** Name of the provider's process, where volumes are. */
  readonly cloud: string;
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What an agent shows of itself. */
export interface NodeAgentView {
  readonly containers: readonly Container[];
  /** Its region is in service, and it takes part. */
  readonly isRegistered: boolean;
  readonly heartbeat: unknown;
  readonly informer: unknown;
  readonly serving: ServingView;
  readonly telemetry: NodeTelemetryView;
}

export function nodeAgent(options: NodeAgentOptions): Boot {
  return (os) => new NodeAgent(os, options);
}

const RETRY_US = ms(200);

class NodeAgent implements Program {
  private readonly os: Os;
  private readonly api: ApiClient;
  private readonly runtime: Runtime;
  private readonly mounts: Mounts;
  private readonly heartbeat: Heartbeat;
  private readonly telemetry: NodeTelemetry;
  private readonly workloads: Informer<'Workload'>;
  private readonly primaries: Informer<'Primary'>;
  private readonly serving: Serving;
  private readonly deadlineUs: Micros;
  private readonly withoutDeadline: boolean;
  private readonly flushesOnRestart: boolean;
  private readonly stopsOnlyWhenTold: boolean;
  /** Names of workloads whose state may have to be reported, in the order in which that was noticed. */
  private readonly unreported = new Set<string>();
  private readonly work = new Signal();
  /** Names of workloads with an identity that may have to be started. */
  private readonly unconfirmed = new Set<string>();
  private readonly doubts = new Signal();
  /** Until when the node's lease gives this agent the right to run what has an identity, by its own clock. */
  private heldUntilUs: Micros = 0;
  /** How often it has had to get that right anew, because it had run out. */
  private holds = 0;

  constructor(os: Os, { region, apiEndpoints, registries, collectors, statusStores, cloud, design, defects }: NodeAgentOptions) {
    this.os = os;
    this.deadlineUs = design.agentDeadlineUs;
    this.withoutDeadline = defects.has('no-local-deadline');
    this.flushesOnRestart = defects.has('flush-on-restart');
    this.stopsOnlyWhenTold = defects.has('stop-only-when-told');
    this.api = new ApiClient(os, apiEndpoints, design);
    const placement = new Placement(design, this.api, { registries, collectors, statusStores });
    this.runtime = new Runtime(os, { design, images: new ImageClient(os, placement, defects), defects }, () => this.reconcile());
    this.mounts = new Mounts(os, {
      api: this.api,
      cloud,
      design,
      defects,
      running: () => this.runtime.running(),
      changed: () => this.doubts.notify(),
    });
    this.telemetry = new NodeTelemetry(os, { placement, containers: () => this.runtime.inspect(), design, defects });
    const node = { region, capacity: design.nodeCapacity };
    this.heartbeat = new Heartbeat(os, {
      api: this.api,
      design,
      defects,
      node,
      beforeRenewal: () => this.telemetry.beforeRenewal(),
      renewed: (sentUs) => this.renewed(sentUs),
      registered: () => this.reconcile(),
      removed: () => this.stopAll(),
    });
    this.workloads = new Informer(os, { kind: 'Workload', client: this.api, design, defects, changed: () => this.reconcile() });
    this.primaries = new Informer(os, {
      kind: 'Primary',
      client: this.api,
      design,
      defects,
      changed: () => this.primariesChanged(),
    });
    const serves = (uid: string): boolean => this.runtime.find(uid)?.ready === true;
    this.serving = new Serving({
      os,
      api: this.api,
      design,
      defects,
      serves,
      workloads: this.workloads.cache,
      primaries: this.primaries.cache,
    });
  }

  start(): void {
    this.runtime.restore(() => {
      if (this.flushesOnRestart) this.stopAll();
      this.workloads.start();
      this.primaries.start();
      this.mounts.start();
      this.os.spawn('reconcile once synced', this.workloads.ready(), () => {
        this.reconcile();
        this.os.spawn('sweep once synced', this.primaries.ready(), () => this.serving.sweep());
      });
      this.heartbeat.start();
      this.os.spawn('report', this.report());
      this.os.spawn('confirm', this.confirm());
      this.telemetry.start();
    });
  }

  accept(connection: Connection): ConnectionHandler {
    return this.serving.accept(connection);
  }

  inspect(): NodeAgentView {
    return {
      containers: this.runtime.inspect(),
      isRegistered: this.heartbeat.isRegistered,
      heartbeat: this.heartbeat.inspect(),
      informer: this.workloads.inspect(),
      serving: this.serving.inspect(),
      telemetry: this.telemetry.inspect(),
    };
  }

  /** Starts what is bound here, stops what is not any more. Before the first list nobody knows which is which. */
  private reconcile(): void {
    if (!this.workloads.synced) return;
    this.runtime.expire();
    const { cache } = this.workloads;
    for (const container of [...this.runtime.all]) if (!this.isWanted(container)) this.runtime.stop(container.uid);
    for (const workload of cache.list()) {
      const { metadata, spec } = workload;
      if (spec.node !== this.os.name) continue;
      if (metadata.deletionUs === null && this.runtime.find(metadata.uid) === undefined) this.begin(workload);
      if (this.isToBeReported(workload)) this.unreported.add(metadata.name);
    }
    if (this.unreported.size > 0) this.work.notify();
    if (this.unconfirmed.size > 0) this.doubts.notify();
    this.serving.collect();
    this.serving.reconsider();
    this.mounts.reconsider();
  }

  private primariesChanged(): void {
    this.serving.reconsider();
    if (this.workloads.synced) this.serving.collect();
  }

  private isWanted({ name, uid }: Container): boolean {
    const metadata = this.workloads.cache.get(name)?.metadata;
    // Level, not edge: that nobody was seen to delete it does not mean that it is there.
    if (this.stopsOnlyWhenTold) return metadata?.uid !== uid || metadata.deletionUs === null;
    return metadata?.uid === uid && metadata.deletionUs === null;
  }

  private begin(workload: Workload): void {
    if (this.heartbeat.isRemoved) return;
    if (workload.spec.identity === '') this.runtime.run(workload);
    else this.unconfirmed.add(workload.metadata.name);
  }

  private stopAll(): void {
    for (const container of [...this.runtime.all]) this.runtime.stop(container.uid);
  }

  // ── what has an identity ─────────────────────────────────────────────────────────────────────────────────────────

  private renewed(sentUs: Micros): void {
    const untilUs = this.withoutDeadline ? Number.MAX_SAFE_INTEGER : sentUs + this.deadlineUs;
    if (!this.isHeld) this.holds++;
    this.heldUntilUs = Math.max(this.heldUntilUs, untilUs);
    if (!this.isHeld) return;
    this.runtime.extend(untilUs);
    if (this.unconfirmed.size > 0) this.doubts.notify();
  }

  private get isHeld(): boolean {
    return !this.heartbeat.isRemoved && this.os.monotonicUs() < this.heldUntilUs;
  }

  /**
   * What has an identity is started only when the API says, asked while the node's lease is known to be held, that it
   * is still wanted. Whoever gives a node up deletes first and then sees for long enough that its lease is not renewed:
   * so one of the two knows of the other.
   */
  private *confirm(): Co<never> {
    for (;;) {
      const name = this.nextInDoubt();
      if (name === null || !this.isHeld) {
        yield* this.doubts.wait();
        continue;
      }
      const { holds } = this;
      const found = yield* this.api.get('Workload', name);
      if (found.status === 'refused' && found.code === 'not-found') {
        this.unconfirmed.delete(name);
      } else if (found.status !== 'ok') {
        yield* this.os.sleep(RETRY_US);
      } else if (this.isHeld && this.holds === holds) {
        this.unconfirmed.delete(name);
        const { metadata, spec } = found.value;
        // Of one that the cache does not show yet it will tell; until then that would have it stopped again.
        const shown = this.workloads.cache.get(name)?.metadata;
        // What the cache shows to end is reported to have ended as long as nothing runs: the answer may be older than that.
        const isShown = shown?.uid === metadata.uid && shown.deletionUs === null;
        if (!isShown || spec.node !== this.os.name || metadata.deletionUs !== null) continue;
        const volume = this.mounts.of(found.value);
        if (volume === undefined) this.unconfirmed.add(name);
        else this.runtime.run(found.value, volume);
      }
    }
  }

  /** One that its volume is not attached for waits for that, and nobody waits for it. */
  private nextInDoubt(): string | null {
    for (const name of this.unconfirmed) {
      const workload = this.workloads.cache.get(name);
      if (workload === undefined || this.mounts.of(workload) !== undefined) return name;
    }
    return null;
  }

  // ── what it reports ──────────────────────────────────────────────────────────────────────────────────────────────

  /** It does not say how it is, or has been deleted and does not run any more, of which the API waits to hear. */
  private isToBeReported(workload: Workload): boolean {
    const { metadata, status } = workload;
    if (metadata.deletionUs !== null) return this.runtime.find(metadata.uid) === undefined && metadata.deletionGraceUs !== 0;
    const { phase, ready, restarts } = this.statusOf(workload);
    return phase !== status.phase || ready !== status.ready || restarts !== status.restarts;
  }

  /** Who has begun to run stays so while it is started again, as a pod. */
  private statusOf({ metadata, status }: Workload): WorkloadStatus {
    const container = this.runtime.find(metadata.uid);
    const phase = container?.phase === 'running' ? 'Running' : status.phase;
    return { phase, ready: container?.ready ?? false, restarts: Math.max(status.restarts, container?.restarts ?? 0) };
  }

  /** Reports one workload after the other. */
  private *report(): Co<never> {
    for (;;) {
      const [name] = this.unreported;
      if (name === undefined) {
        yield* this.work.wait();
        continue;
      }
      this.unreported.delete(name);
      const workload = this.workloads.cache.get(name);
      if (workload === undefined || workload.spec.node !== this.os.name || !this.isToBeReported(workload)) continue;
      const { uid, resourceVersion, deletionUs } = workload.metadata;
      const outcome =
        deletionUs === null
          ? yield* this.api.updateStatus('Workload', name, resourceVersion, this.statusOf(workload))
          : // As a kubelet: what has ended on its node is removed by it, and by nobody else.
            yield* this.api.delete('Workload', name, { uid, graceUs: 0 });
      const isSettled =
        outcome.status === 'ok' ||
        (outcome.status === 'refused' && (outcome.code === 'not-found' || outcome.code === 'conflict'));
      if (isSettled) continue;
      this.unreported.add(name);
      yield* this.os.sleep(RETRY_US);
    }
  }
}

/** A node's agent: registers its node, keeps its lease, runs the workloads that are placed on it and reports what became of them. */
import { ms, Signal, type Boot, type Co, type Connection, type ConnectionHandler, type Os, type Program } from '../../sim/index.ts';
import type { Workload } from '../api/resources/index.ts';
import { ApiClient } from '../controllers/api-client.ts';
import { Informer } from '../controllers/informer.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { ImageClient } from '../outside/artifacts/image-client.ts';
import { Heartbeat } from './heartbeat.ts';
import { Serving, type ServingView } from './serving/serving.ts';
import { NodeTelemetry, type NodeTelemetryView } from './node-telemetry.ts';
import { Runtime, type Container } from './runtime.ts';

export interface NodeAgentOptions {
  readonly region: string;
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
  /** Artifact registries, from which it pulls what is to run. */
  readonly registries: readonly string[];
  /** Telemetry collectors and status stores, to which it tells what it does. */
  readonly collectors: readonly string[];
  readonly statusStores: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What an agent shows of itself. */
export interface NodeAgentView {
  readonly containers: readonly Container[];
  readonly heartbeat: unknown;
  readonly informer: unknown;
  readonly serving: ServingView;
  readonly telemetry: NodeTelemetryView;
}

export function nodeAgent(options: NodeAgentOptions): Boot {
  return (os) => new NodeAgent(os, options);
}

const CAPACITY = 20;
const RETRY_US = ms(200);

class NodeAgent implements Program {
  private readonly os: Os;
  private readonly api: ApiClient;
  private readonly runtime: Runtime;
  private readonly heartbeat: Heartbeat;
  private readonly telemetry: NodeTelemetry;
  private readonly workloads: Informer<'Workload'>;
  private readonly primaries: Informer<'Primary'>;
  private readonly serving: Serving;
  /** Names of workloads whose state may have to be reported, in the order in which that was noticed. */
  private readonly unreported = new Set<string>();
  private readonly work = new Signal();

  constructor(os: Os, { region, apiEndpoints, registries, collectors, statusStores, design, defects }: NodeAgentOptions) {
    this.os = os;
    this.api = new ApiClient(os, apiEndpoints, design);
    this.runtime = new Runtime(os, new ImageClient(os, registries, defects), () => this.reconcile());
    this.telemetry = new NodeTelemetry(os, { api: this.api, containers: () => this.runtime.inspect(), collectors, statusStores, design, defects });
    this.heartbeat = new Heartbeat(os, this.api, design, { region, capacity: CAPACITY, unschedulable: false, taints: [] }, defects, () => this.telemetry.beforeRenewal());
    this.workloads = new Informer(os, { kind: 'Workload', client: this.api, design, defects, changed: () => this.reconcile() });
    this.primaries = new Informer(os, { kind: 'Primary', client: this.api, design, defects, changed: () => this.serving.reconsider() });
    const serves = (uid: string): boolean => this.runtime.find(uid)?.phase === 'running';
    this.serving = new Serving({ os, api: this.api, design, defects, serves, workloads: this.workloads.cache, primaries: this.primaries.cache });
  }

  start(): void {
    this.runtime.restore(() => {
      this.workloads.start();
      this.primaries.start();
      this.os.spawn('reconcile once synced', this.workloads.ready(), () => {
        this.reconcile();
        this.serving.sweep();
      });
      this.os.spawn('heartbeat', this.heartbeat.run());
      this.os.spawn('report', this.report());
      this.telemetry.start();
    });
  }

  accept(connection: Connection): ConnectionHandler {
    return this.serving.accept(connection);
  }

  inspect(): NodeAgentView {
    return {
      containers: this.runtime.inspect(),
      heartbeat: this.heartbeat.inspect(),
      informer: this.workloads.inspect(),
      serving: this.serving.inspect(),
      telemetry: this.telemetry.inspect(),
    };
  }

  /** Starts what is placed here, stops what is not any more. Before the first list nobody knows which is which. */
  private reconcile(): void {
    if (!this.workloads.synced) return;
    const { cache } = this.workloads;
    for (const container of [...this.runtime.all]) {
      const metadata = cache.get(container.name)?.metadata;
      if (metadata?.uid !== container.uid || metadata.deletionUs !== null) this.runtime.stop(container.uid);
    }
    for (const workload of cache.list()) {
      if (workload.spec.node !== this.os.name) continue;
      if (workload.metadata.deletionUs === null) this.runtime.run(workload);
      if (this.isToBeReported(workload)) this.unreported.add(workload.metadata.name);
    }
    if (this.unreported.size > 0) this.work.notify();
    this.serving.collect();
    this.serving.reconsider();
  }

  /** It runs and does not say so, or has been deleted and does not run any more, of which the API waits to hear. */
  private isToBeReported({ metadata, status }: Workload): boolean {
    const container = this.runtime.find(metadata.uid);
    if (metadata.deletionUs === null) return container?.phase === 'running' && status.phase !== 'Running';
    return container === undefined && metadata.deletionGraceUs !== 0;
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
      if (workload === undefined || !this.isToBeReported(workload)) continue;
      const { uid, resourceVersion, deletionUs } = workload.metadata;
      const outcome =
        deletionUs === null
          ? yield* this.api.updateStatus('Workload', name, resourceVersion, { ...workload.status, phase: 'Running', ready: true })
          : // As a kubelet: what has ended on its node is removed by it, and by nobody else.
            yield* this.api.delete('Workload', name, { uid, graceUs: 0 });
      const isSettled = outcome.status === 'ok' || (outcome.status === 'refused' && (outcome.code === 'not-found' || outcome.code === 'conflict'));
      if (isSettled) continue;
      this.unreported.add(name);
      yield* this.os.sleep(RETRY_US);
    }
  }
}

/** A node's sign of life: its Node object and a Lease that it renews for as long as its region is in service. */
import type { Co, Micros, Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { nodeLeaseName, type Declared, type LeaseSpec } from '../api/resources/index.ts';
import { isRemoved } from '../controllers/removed-nodes.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';

/** Whoever finds its request refused or unanswered tries again after this share of the renewal interval. */
const RETRY_DIVISOR = 3;

export interface HeartbeatOptions {
  readonly api: ApiClient;
  readonly design: Design;
  readonly defects: DefectSet;
  readonly node: Declared<'Node'>;
  /** What is done before each renewal. */
  readonly beforeRenewal?: () => Co<void>;
  /** The Lease has been renewed, by a request that was sent at this time of the own clock. */
  readonly renewed: (sentUs: Micros) => void;
  /** It takes part from now on. */
  readonly registered: () => void;
  /** The node has been taken out of service: nothing may run on it until it takes part again. */
  readonly removed: () => void;
}

export class Heartbeat {
  private readonly os: Os;
  private readonly options: HeartbeatOptions;
  private readonly keepsVersion: boolean;
  /** Of the Lease as this agent knows it; 0: it does not. */
  private resourceVersion = 0;
  private renewals = 0;
  /** How often it has taken part. */
  private registrations = 0;
  isRegistered = false;
  /** The node was taken out of service, and does not take part again yet. */
  isRemoved = false;

  constructor(os: Os, options: HeartbeatOptions) {
    this.os = os;
    this.options = options;
    this.keepsVersion = options.defects.has('heartbeat-keeps-version');
  }

  /** Two loops, as a kubelet has for its lease and its node's status: a server that does not answer one holds up no renewal. */
  start(): void {
    this.os.spawn('heartbeat', this.run());
    this.os.spawn('node status', this.watchOver());
  }

  inspect(): unknown {
    return { isRegistered: this.isRegistered, renewals: this.renewals };
  }

  /**
   * Registers the node once its region is in service and no operator has taken it out, then beats until
   * the node is removed, over and over.
   */
  private *run(): Co<never> {
    const { nodeLeaseUs } = this.options.design;
    const retryUs = Math.ceil(nodeLeaseUs / RETRY_DIVISOR);
    for (;;) {
      while (!(yield* this.register())) yield* this.os.sleep(retryUs);
      this.isRegistered = true;
      this.isRemoved = false;
      this.registrations++;
      this.options.registered();
      while (this.isRegistered) {
        if (this.options.beforeRenewal !== undefined) yield* this.options.beforeRenewal();
        const renewed = yield* this.beat();
        yield* this.os.sleep(renewed ? nodeLeaseUs : retryUs);
      }
    }
  }

  private *watchOver(): Co<never> {
    for (;;) {
      yield* this.os.sleep(this.options.design.nodeStatusUs);
      if (this.isRegistered) yield* this.look();
    }
  }

  private *register(): Co<boolean> {
    const { api, node } = this.options;
    const cluster = yield* api.get('Cluster', node.region);
    if (cluster.status !== 'ok' || isRemoved(cluster.value, this.os.name)) return false;
    const outcome = yield* api.create('Node', this.os.name, node);
    return outcome.status === 'ok' || (outcome.status === 'refused' && outcome.code === 'already-exists');
  }

  /** Whoever looks after nodes may have taken it for lost, or out of service (a kubelet compares at each status update). */
  private *look(): Co<void> {
    const { api } = this.options;
    const { registrations } = this;
    const found = yield* api.get('Node', this.os.name);
    // An answer that is older than its registration says nothing of that.
    if (registrations !== this.registrations || !this.isRegistered) return;
    if (found.status === 'ok') {
      const { metadata, status } = found.value;
      if (status.readiness !== 'ready')
        yield* api.updateStatus('Node', this.os.name, metadata.resourceVersion, { readiness: 'ready' });
    } else if (found.status === 'refused' && found.code === 'not-found') {
      this.isRegistered = false;
      this.isRemoved = true;
      this.resourceVersion = 0;
      this.options.removed();
    }
  }

  private *beat(): Co<boolean> {
    if (this.resourceVersion === 0 && !(yield* this.findLease())) return false;
    const { api, design, renewed } = this.options;
    const sentUs = this.os.monotonicUs();
    const outcome = yield* api.renew(nodeLeaseName(this.os.name), this.resourceVersion, this.lease(), design.nodeLeaseUs);
    if (outcome.status === 'ok') {
      this.resourceVersion = outcome.value.metadata.resourceVersion;
      renewed(sentUs);
    }
    // Without a clear yes nobody knows which version stands there now.
    else if (!this.keepsVersion) this.resourceVersion = 0;
    return outcome.status === 'ok';
  }

  /** Learns the version of the Lease, and makes it where it is missing. */
  private *findLease(): Co<boolean> {
    const { api } = this.options;
    const name = nodeLeaseName(this.os.name);
    const found = yield* api.get('Lease', name);
    if (found.status === 'ok') {
      this.resourceVersion = found.value.metadata.resourceVersion;
      this.renewals = Math.max(this.renewals, found.value.spec.renewals);
      return true;
    }
    if (found.status !== 'refused' || found.code !== 'not-found') return false;
    // It goes with its node.
    yield* this.look();
    if (!this.isRegistered) return false;
    const made = yield* api.create('Lease', name, this.lease());
    if (made.status === 'ok') this.resourceVersion = made.value.metadata.resourceVersion;
    return made.status === 'ok';
  }

  private lease(): LeaseSpec {
    return { holder: this.os.name, durationUs: this.options.design.nodeGraceUs, renewals: ++this.renewals };
  }
}

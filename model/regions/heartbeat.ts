/** A node's sign of life: its Node object and a Lease that it renews for as long as it lives. */
import type { Co, Os } from '../../sim/index.ts';
import { nodeLeaseName, type LeaseSpec, type NodeSpec } from '../api/resources/index.ts';
import type { ApiClient } from '../controllers/api-client.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';

/** Whoever finds its request refused or unanswered tries again after this share of the renewal interval. */
const RETRY_DIVISOR = 3;

export class Heartbeat {
  private readonly os: Os;
  private readonly api: ApiClient;
  private readonly design: Design;
  private readonly node: NodeSpec;
  private readonly keepsVersion: boolean;
  private readonly beforeRenewal: (() => Co<void>) | null;
  /** Of the Lease as this agent knows it; 0: it does not. */
  private resourceVersion = 0;
  private renewals = 0;
  isRegistered = false;

  constructor(os: Os, api: ApiClient, design: Design, node: NodeSpec, defects: DefectSet, beforeRenewal: (() => Co<void>) | null = null) {
    this.os = os;
    this.api = api;
    this.design = design;
    this.node = node;
    this.beforeRenewal = beforeRenewal;
    this.keepsVersion = defects.has('heartbeat-keeps-version');
  }

  /** Registers the node, then beats for ever. */
  *run(): Co<never> {
    const { nodeLeaseUs } = this.design;
    const retryUs = Math.ceil(nodeLeaseUs / RETRY_DIVISOR);
    while (!(yield* this.register())) yield* this.os.sleep(retryUs);
    this.isRegistered = true;
    for (;;) {
      if (this.beforeRenewal !== null) yield* this.beforeRenewal();
      const renewed = yield* this.beat();
      yield* this.os.sleep(renewed ? nodeLeaseUs : retryUs);
    }
  }

  inspect(): unknown {
    return { isRegistered: this.isRegistered, renewals: this.renewals };
  }

  private *register(): Co<boolean> {
    const outcome = yield* this.api.create('Node', this.os.name, this.node);
    return outcome.status === 'ok' || (outcome.status === 'refused' && outcome.code === 'already-exists');
  }

  private *beat(): Co<boolean> {
    if (this.resourceVersion === 0 && !(yield* this.findLease())) return false;
    const { nodeLeaseUs } = this.design;
    const outcome = yield* this.api.renew(nodeLeaseName(this.os.name), this.resourceVersion, this.lease(), nodeLeaseUs);
    if (outcome.status === 'ok') this.resourceVersion = outcome.value.metadata.resourceVersion;
    // Without a clear yes nobody knows which version stands there now.
    else if (!this.keepsVersion) this.resourceVersion = 0;
    return outcome.status === 'ok';
  }

  /** Learns the version of the Lease, and makes it where it is missing. */
  private *findLease(): Co<boolean> {
    const name = nodeLeaseName(this.os.name);
    const found = yield* this.api.get('Lease', name);
    if (found.status === 'ok') {
      this.resourceVersion = found.value.metadata.resourceVersion;
      this.renewals = Math.max(this.renewals, found.value.spec.renewals);
      return true;
    }
    if (found.status !== 'refused' || found.code !== 'not-found') return false;
    const made = yield* this.api.create('Lease', name, this.lease());
    if (made.status === 'ok') this.resourceVersion = made.value.metadata.resourceVersion;
    return made.status === 'ok';
  }

  private lease(): LeaseSpec {
    return { holder: this.os.name, durationUs: this.design.nodeGraceUs, renewals: ++this.renewals };
  }
}

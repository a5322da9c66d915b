/** Which nodes live: judged by when their Lease was last seen to change, on the own clock and nobody else's. */
import type { Micros, Os } from '../../../sim/index.ts';
import { nodeLeaseName, type Lease, type Node } from '../../api/resources/index.ts';
import type { Design } from '../../design.ts';

interface Sign {
  readonly resourceVersion: number;
  readonly seenUs: Micros;
  /** It came from the node, and is not merely counted on. */
  readonly isHeard: boolean;
}

/** After Kubernetes' node lifecycle controller, which never compares its clock with a timestamp of the node's. */
export class NodeMonitor {
  private readonly os: Os;
  private readonly graceUs: Micros;
  private readonly signs = new Map<string, Sign>();
  /** By name, the uid of each node that it knows. */
  private readonly known = new Map<string, string>();

  constructor(os: Os, { nodeGraceUs }: Design) {
    this.os = os;
    this.graceUs = nodeGraceUs;
  }

  /** The Lease of a node was seen; what counts is that it is a newer version than before. */
  saw({ metadata }: Lease): void {
    this.note(metadata.name, metadata.resourceVersion);
  }

  /**
   * A node that it did not know is given the whole grace from now on, whatever was seen of one that
   * bore its name. False when it knows it.
   */
  expects({ metadata: { name, uid } }: Node): boolean {
    if (this.known.get(name) === uid) return false;
    this.known.set(name, uid);
    const lease = nodeLeaseName(name);
    this.signs.set(lease, {
      resourceVersion: this.signs.get(lease)?.resourceVersion ?? 0,
      seenUs: this.os.monotonicUs(),
      isHeard: false,
    });
    return true;
  }

  isLive(node: string): boolean {
    return this.silentUs(node) < this.graceUs;
  }

  /** It lives, and has said so since it was forgiven. */
  isHeard(node: string): boolean {
    return this.isLive(node) && this.signs.get(nodeLeaseName(node))?.isHeard === true;
  }

  /** For how long nothing new has been seen of the node. */
  silentUs(node: string): Micros {
    const sign = this.signs.get(nodeLeaseName(node));
    return sign === undefined ? Number.MAX_SAFE_INTEGER : this.os.monotonicUs() - sign.seenUs;
  }

  /**
   * Every node is given the whole grace again: what was seen until now was seen by somebody who was blind
   * (Kubernetes resets its probe timestamps).
   */
  forgive(): void {
    const seenUs = this.os.monotonicUs();
    for (const [name, { resourceVersion }] of this.signs) this.signs.set(name, { resourceVersion, seenUs, isHeard: false });
  }

  /** The node is gone for good. */
  forget(node: string): void {
    this.known.delete(node);
    this.signs.delete(nodeLeaseName(node));
  }

  private note(name: string, resourceVersion: number): void {
    const known = this.signs.get(name);
    // What was asked for and what is watched come by two ways: the older of two states is no news.
    if (known !== undefined && known.resourceVersion >= resourceVersion) return;
    this.signs.set(name, { resourceVersion, seenUs: this.os.monotonicUs(), isHeard: true });
  }
}

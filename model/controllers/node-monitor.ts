/** Which nodes live: judged by when their Lease was last seen to change, on the own clock and nobody else's. */
import type { Micros, Os } from '../../sim/index.ts';
import { nodeLeaseName, type Lease } from '../api/resources/index.ts';
import type { Design } from '../design.ts';

/** A node that is heard at all is heard about once in its interval of renewal. */
const FRESH_INTERVALS = 2;

interface Sign {
  readonly resourceVersion: number;
  readonly seenUs: Micros;
}

/** After Kubernetes' node lifecycle controller, which never compares its clock with a timestamp of the node's. */
export class NodeMonitor {
  private readonly os: Os;
  private readonly graceUs: Micros;
  private readonly freshUs: Micros;
  private readonly signs = new Map<string, Sign>();

  constructor(os: Os, { nodeGraceUs, nodeLeaseUs }: Design) {
    this.os = os;
    this.graceUs = nodeGraceUs;
    this.freshUs = FRESH_INTERVALS * nodeLeaseUs;
  }

  /** The Lease of a node was seen; what counts is that it is a newer version than before. */
  saw({ metadata }: Lease): void {
    this.note(metadata.name, metadata.resourceVersion);
  }

  /** A node that never gave a sign is given the whole grace from now on. */
  expects(node: string): void {
    const name = nodeLeaseName(node);
    if (!this.signs.has(name)) this.note(name, 0);
  }

  isLive(node: string): boolean {
    const sign = this.signs.get(nodeLeaseName(node));
    return sign !== undefined && this.os.monotonicUs() - sign.seenUs < this.graceUs;
  }

  /**
   * Some node has been heard just now, so that the silence of another is its own. When all fall silent together it is more
   * likely that the controller is cut off (Kubernetes' `handleDisruption`).
   */
  hearsAny(): boolean {
    const nowUs = this.os.monotonicUs();
    for (const { resourceVersion, seenUs } of this.signs.values()) if (resourceVersion > 0 && nowUs - seenUs < this.freshUs) return true;
    return false;
  }

  private note(name: string, resourceVersion: number): void {
    const known = this.signs.get(name);
    // What was asked for and what is watched come by two ways: the older of two states is no news.
    if (known !== undefined && known.resourceVersion >= resourceVersion) return;
    this.signs.set(name, { resourceVersion, seenUs: this.os.monotonicUs() });
  }
}

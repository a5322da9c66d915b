/** Which nodes live: judged by when their Lease was last seen to change, on the own clock and nobody else's. */
import type { Micros, Os } from '../../sim/index.ts';
import { nodeLeaseName, type Lease } from '../api/resources.ts';

interface Sign {
  readonly resourceVersion: number;
  readonly seenUs: Micros;
}

/** After Kubernetes' node lifecycle controller, which never compares its clock with a timestamp of the node's. */
export class NodeMonitor {
  private readonly os: Os;
  private readonly graceUs: Micros;
  private readonly signs = new Map<string, Sign>();

  constructor(os: Os, graceUs: Micros) {
    this.os = os;
    this.graceUs = graceUs;
  }

  /** A Lease was seen, of a node or not; what counts is that it is another version than before. */
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

  private note(name: string, resourceVersion: number): void {
    if (this.signs.get(name)?.resourceVersion === resourceVersion) return;
    this.signs.set(name, { resourceVersion, seenUs: this.os.monotonicUs() });
  }
}

/**
 * Which nodes are silent. A cache may be old, so whoever seems so is asked about; and again before something is done about it,
 * when that was a while ago (KEP-5647).
 */
import type { Co, Micros } from '../../../sim/index.ts';
import { nodeLeaseName, type Node } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { ControllerTools } from '../machinery/controller.ts';
import type { NodeMonitor } from './node-monitor.ts';

/** Part of the grace: a pass that takes longer has had to wait for an answer. */
const HOLDS = 0.5;

export class Silence {
  private readonly tools: ControllerTools;
  private readonly monitor: NodeMonitor;
  /** So long what was said of a node holds. */
  private readonly holdsUs: Micros;
  private readonly trustsCache: boolean;
  /** Nodes of which nothing was heard, neither by the cache nor on asking, and when they were asked about. */
  private readonly askedUs = new Map<string, Micros>();

  constructor(tools: ControllerTools, monitor: NodeMonitor, design: Design, defects: DefectSet) {
    this.tools = tools;
    this.monitor = monitor;
    this.holdsUs = Math.floor(design.nodeGraceUs * HOLDS);
    this.trustsCache = defects.has('silence-by-cache');
  }

  /**
   * Finds out who is silent among those that seem so. What falls silent while it asks about others has its turn next
   * time. False when it cannot be told.
   */
  *find(seeming: readonly Node[]): Co<boolean> {
    this.askedUs.clear();
    for (const { metadata } of seeming) if (!(yield* this.ask(metadata.name))) return false;
    return true;
  }

  /** It was found to be, and nothing has been heard since. */
  has(node: string): boolean {
    return this.askedUs.has(node) && !this.monitor.isLive(node);
  }

  /**
   * The same for who is about to act on it: to say something of others may have taken long, and a
   * cache that is cut off shows nothing new.
   */
  *isCertain(node: string): Co<boolean> {
    if (!this.has(node)) return false;
    return this.isFresh(node) || ((yield* this.ask(node)) && this.has(node));
  }

  /** What was said of it holds. */
  private isFresh(node: string): boolean {
    const askedUs = this.askedUs.get(node);
    return askedUs !== undefined && this.tools.os.monotonicUs() - askedUs < this.holdsUs;
  }

  /** False when it cannot be told. */
  private *ask(node: string): Co<boolean> {
    const askedUs = this.tools.os.monotonicUs();
    if (!this.trustsCache) {
      const lease = yield* this.tools.client.get('Lease', nodeLeaseName(node));
      if (lease.status === 'ok') this.monitor.saw(lease.value);
      else if (lease.status !== 'refused' || lease.code !== 'not-found') return false;
    }
    if (!this.monitor.isLive(node)) this.askedUs.set(node, askedUs);
    return true;
  }
}

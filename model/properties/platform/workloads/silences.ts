/**
 * Which nodes are silent by the store's commits: what the node lifecycle controller makes of what it hears is compared with this.
 */
import { seconds, type Micros } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';

/**
 * Between the answer that a decision goes by and the request that it leads to may lie as long as the answer holds,
 * and the deadline of another question.
 */
export const LATE_US = seconds(4);
/** Clocks run at different rates. */
const CLOCK_PERCENT = 85;
/**
 * When nobody has renewed for so long, whoever leads must have noticed. It may hear of the last renewal only when that node has
 * seemed silent for the grace and it asks after the node; from then on it has to hear nothing for the grace once more, and a
 * little longer. Whether it notices a shorter silence depends on how late its watch is.
 */
const BLIND_PERCENT = 220;

/** How long it may be in truth when a controller has waited so long by its own clock. */
export function leastUs(ownUs: Micros): Micros {
  return Math.floor((ownUs * CLOCK_PERCENT) / 100);
}

interface Heard {
  /** When its lease was renewed last, or a time ended in which nobody's was. */
  lastUs: Micros;
  /** A silence that ended a while ago may be acted upon until then. */
  excusedUntilUs: Micros;
  /** When it was renewed last, whatever became of the others. */
  renewedUs: Micros;
  /** Until then it may be given up for a silence that it has broken, also one that all shared. */
  silentUntilUs: Micros;
}

export class Silences {
  private readonly graceUs: Micros;
  private readonly blindUs: Micros;
  private readonly nodes = new Map<string, Heard>();
  /** When the object of a node came to be. */
  private readonly registeredUs = new Map<string, Micros>();
  private anyUs: Micros = 0;
  /** When a controller was last told of a node that it did not know: any, and by its name. */
  private expectsUs: Micros = 0;
  private readonly expectsByUs = new Map<string, Micros>();
  /**
   * By then whoever leads has begun to look: a new leader gives every node the whole grace again, and has
   * seen nothing of a silence before that.
   */
  private sightedUs: Micros = 0;

  constructor({ nodeGraceUs }: Design) {
    this.graceUs = leastUs(nodeGraceUs);
    this.blindUs = Math.ceil((nodeGraceUs * BLIND_PERCENT) / 100);
  }

  /** Another controller leads. */
  led(nowUs: Micros): void {
    this.sightedUs = nowUs + LATE_US;
  }

  /**
   * The controller is told of a node that it did not know, however late: for the whole grace it counts as one that is heard from.
   */
  expects(controller: string, nowUs: Micros): void {
    this.expectsUs = nowUs;
    this.expectsByUs.set(controller, nowUs);
  }

  registered(node: string, nowUs: Micros): void {
    this.registeredUs.set(node, nowUs);
  }

  /** Whoever asked after it before that was told that it is not there, and may act upon that still. */
  hasJustJoined(node: string, nowUs: Micros): boolean {
    return nowUs - (this.registeredUs.get(node) ?? -LATE_US) < LATE_US;
  }

  renewed(node: string, nowUs: Micros): void {
    if (nowUs - Math.max(this.anyUs, this.sightedUs, this.expectsUs) >= this.blindUs)
      for (const heard of this.nodes.values()) this.forgive(heard, nowUs);
    this.anyUs = nowUs;
    const heard = this.nodes.get(node);
    if (heard === undefined) {
      // Until now it has been silent, whatever others were.
      const isNew = nowUs - (this.registeredUs.get(node) ?? nowUs) < this.graceUs;
      this.nodes.set(node, {
        lastUs: nowUs,
        excusedUntilUs: isNew ? 0 : nowUs + LATE_US,
        renewedUs: nowUs,
        silentUntilUs: nowUs + LATE_US,
      });
      return;
    }
    if (nowUs - heard.renewedUs >= this.graceUs) heard.silentUntilUs = nowUs + LATE_US;
    heard.renewedUs = nowUs;
    if (nowUs - heard.lastUs >= this.graceUs) heard.excusedUntilUs = nowUs + LATE_US;
    heard.lastUs = nowUs;
  }

  /**
   * Nobody was heard of for long. Whoever had been silent before that, while others were heard, may have been decided upon then.
   */
  private forgive(heard: Heard, nowUs: Micros): void {
    if (this.anyUs - heard.lastUs >= this.graceUs) heard.excusedUntilUs = nowUs + LATE_US;
    heard.lastUs = nowUs;
  }

  /** What is wrong with evicting something from the node, in words that go on from that; null when it is right. */
  wrongToEvict(node: string, controller: string, nowUs: Micros): string | null {
    const { lastUs, excusedUntilUs } = this.nodes.get(node) ?? { lastUs: 0, excusedUntilUs: 0 };
    const unheardUs = nowUs - Math.max(this.anyUs, this.expectsByUs.get(controller) ?? 0);
    if (unheardUs >= this.blindUs) return `when no node has been heard of for ${unheardUs} µs`;
    const silentUs = nowUs - lastUs;
    return silentUs >= this.graceUs || nowUs <= excusedUntilUs
      ? null
      : `when nothing was heard of it for ${silentUs} µs only while others were`;
  }

  /** The same for giving it up. */
  wrongToGiveUp(node: string, nowUs: Micros): string | null {
    const { renewedUs, silentUntilUs } = this.nodes.get(node) ?? { renewedUs: -this.graceUs, silentUntilUs: 0 };
    const registeredUs = this.registeredUs.get(node) ?? -this.graceUs;
    if (nowUs - registeredUs < this.graceUs) return `${nowUs - registeredUs} µs after it was registered`;
    return nowUs - renewedUs >= this.graceUs || nowUs <= silentUntilUs
      ? null
      : `${nowUs - renewedUs} µs after its lease was renewed`;
  }
}

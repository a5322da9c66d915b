/** Which part of the log survives a crash: what was handed to the host, and what the host reported durable. */

import { panic } from './panic.ts';

/**
 * Writes are numbered and become durable in order. Each remembers the last index it carried; a truncation lowers the marks of
 * the writes in flight, so that a late completion never vouches for an entry that has been replaced since. (etcd compares
 * (index, term) instead and must guard against the same entry coming back.)
 */
export class Durability {
  /** Last index handed to the host. Invariant: durable ≤ handedOut ≤ last index of the log. */
  handedOut: number;
  /** Last index that a crash cannot take. */
  durable: number;
  /** Number of the last write handed out. */
  lastSequence = 0;
  /** Number of the last durable write. Invariant: stableSequence + inFlight.length = lastSequence. */
  stableSequence = 0;
  /** Last index as of each write in flight, oldest first. Never decreasing. */
  private readonly inFlight: number[] = [];

  constructor(durable: number) {
    this.durable = durable;
    this.handedOut = durable;
  }

  /** A write that carries everything up to `lastIndex` goes to the host. Returns its number. */
  begin(lastIndex: number): number {
    this.handedOut = lastIndex;
    this.inFlight.push(lastIndex);
    return ++this.lastSequence;
  }

  /** Every write up to and including `sequence` is durable. Throws if that one was never handed out. */
  complete(sequence: number): void {
    if (sequence > this.lastSequence) panic(`write ${sequence} is durable but only ${this.lastSequence} were handed out`);
    while (this.stableSequence < sequence) {
      this.stableSequence++;
      // One that is alone is popped: that keeps the array's room for the next.
      this.durable = (this.inFlight.length === 1 ? this.inFlight.pop() : this.inFlight.shift())!;
    }
  }

  /** Entries after `lastIndex` are gone from the log. */
  truncated(lastIndex: number): void {
    if (this.handedOut > lastIndex) this.handedOut = lastIndex;
    if (this.durable > lastIndex) this.durable = lastIndex;
    const inFlight = this.inFlight;
    for (let at = 0; at < inFlight.length; at++) if (inFlight[at]! > lastIndex) inFlight[at] = lastIndex;
  }
}

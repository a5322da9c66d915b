/** Who leads which term, as seen from messages that only a leader sends. */
import type { Kind } from '../../../sim/index.ts';
import { isLeaderKind, type Message } from '../../raft/index.ts';

export const nobody = -1;

export class Leaders {
  /** Index of the process, by term. One entry for each election that was won. */
  private readonly byTerm = new Map<number, number>();
  private lastTerm = nobody;
  private lastProcess = nobody;

  /** The leader of the term, or `nobody` as long as it has not spoken. */
  of(term: number): number {
    return this.byTerm.get(term) ?? nobody;
  }

  /** True when this message makes the sender known as the leader of its term; false when it is none, or known. */
  hear(process: number, kind: Kind, message: Message): boolean {
    if (!isLeaderKind(kind) || (message.term === this.lastTerm && process === this.lastProcess)) return false;
    this.lastTerm = message.term;
    this.lastProcess = process;
    if (this.byTerm.has(message.term)) return false;
    this.byTerm.set(message.term, process);
    return true;
  }
}

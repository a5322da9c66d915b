/** What a leader remembers of proposals that followers forwarded, so that none is taken twice. */
import type { MemberId } from '../core/configuration.ts';
import type { ForwardedProposal } from './transport.ts';

/** A forwarded proposal that arrives this many others late counts as lost. */
const WINDOW = 1_024;

/**
 * Datagrams may be doubled; a doubled proposal would be applied twice although nobody retried. A proposal is good in one term
 * only, in which only this incarnation of this member leads: what is remembered here need not survive anything.
 */
export class ForwardedProposals {
  private term = 0;
  private readonly windows = new Map<MemberId, Window>();

  /** True for the first copy that arrives in the leader's `term`. */
  admit(proposal: ForwardedProposal, term: number): boolean {
    if (proposal.term !== term) return false;
    if (this.term !== term) {
      this.term = term;
      this.windows.clear();
    }
    const { origin, incarnation } = proposal.command;
    let window = this.windows.get(origin);
    if (window === undefined || incarnation > window.incarnation) {
      window = { incarnation, newest: new Array<number>(WINDOW).fill(0) };
      this.windows.set(origin, window);
    }
    if (incarnation < window.incarnation) return false;
    const slot = proposal.sequence % WINDOW;
    if (proposal.sequence <= window.newest[slot]!) return false;
    window.newest[slot] = proposal.sequence;
    return true;
  }
}

interface Window {
  readonly incarnation: number;
  /** By sequence modulo the window: the newest sequence seen there. */
  readonly newest: number[];
}

/** Commands on their way into the log: appended by a leader, passed on by a follower. */
import { noMember, type MemberId } from '../core/configuration.ts';
import type { Raft } from '../core/raft.ts';
import { ForwardedProposals } from './forwarding.ts';
import type { Command } from './state-machine.ts';
import { proposeKind, type ForwardedProposal } from './transport.ts';

export interface ProposalsHost {
  /** Null while this process is no member. */
  raft(): Raft | null;
  command(data: unknown, tag: string): Command;
  send(to: MemberId, what: typeof proposeKind, body: ForwardedProposal): void;
  /** To be called when the core was told something outside of a Ready. */
  serve(): void;
}

export class NodeProposals {
  private readonly host: ProposalsHost;
  private readonly forwarded = new ForwardedProposals();
  /** Forwarded by this incarnation. */
  private count = 0;

  constructor(host: ProposalsHost) {
    this.host = host;
  }

  /** See `RaftNode.propose`. */
  propose(data: unknown, bytes: number, hash: number, tag: string): boolean {
    const { host } = this;
    const raft = host.raft();
    if (raft === null || raft.leader === noMember) return false;
    const command = host.command(data, tag);
    if (raft.isLeader) {
      if (raft.propose(command, bytes, hash) === null) return false;
      host.serve();
    } else {
      host.send(raft.leader, proposeKind, { term: raft.term, sequence: ++this.count, command, bytes, hash });
    }
    return true;
  }

  /** A follower has passed one on. */
  take(proposal: ForwardedProposal): void {
    const raft = this.host.raft();
    // It is not passed on again: who has just lost the lead would only send it round in circles.
    if (raft === null || !raft.isLeader || !this.forwarded.admit(proposal, raft.term)) return;
    raft.propose(proposal.command, proposal.bytes, proposal.hash);
    this.host.serve();
  }
}

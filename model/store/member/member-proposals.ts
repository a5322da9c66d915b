/** Requests that a member has proposed and not seen applied: each is answered once, by its own entry or not at all. */
import { hashString, type Micros } from '../../../sim/index.ts';
import type { RaftNode } from '../../raft/host/node.ts';
import { mutationBytes } from './methods.ts';
import type { Command, CommandSession, StoreResponse } from '../machine/requests.ts';

/** `null`: it was not applied in time. It may have been, or may yet be: nobody here knows. */
export type ProposalDone = (response: StoreResponse | null) => void;

interface Proposal {
  readonly command: Command;
  readonly bytes: number;
  readonly hash: number;
  done: ProposalDone;
  readonly proposedUs: Micros;
  again: boolean;
}

/** What a command takes in the log beside its request: its id and the framing. */
const COMMAND_OVERHEAD_BYTES = 48;

export class Proposals {
  private readonly raft: RaftNode;
  private readonly timeoutUs: Micros;
  private readonly proposesAgain: boolean;
  /** In the order they were proposed. */
  private readonly pending = new Map<string, Proposal>();

  constructor(raft: RaftNode, timeoutUs: Micros, proposesAgain: boolean) {
    this.raft = raft;
    this.timeoutUs = timeoutUs;
    this.proposesAgain = proposesAgain;
  }

  get size(): number {
    return this.pending.size;
  }

  /** Proposes; false, and nothing done, when there is no leader to take it or the id is in use by what is no repetition. */
  propose(
    requestId: string,
    request: Command['request'],
    session: CommandSession | null,
    nowUs: Micros,
    done: ProposalDone,
  ): boolean {
    const earlier = this.pending.get(requestId);
    if (earlier !== undefined) return session !== null && this.repeat(earlier, done);
    const bytes = COMMAND_OVERHEAD_BYTES + mutationBytes(request);
    const command: Command = { requestId, request, session };
    const proposal: Proposal = { command, bytes, hash: hashString(requestId), done, proposedUs: nowUs, again: false };
    // Entered first: alone in its group, a leader applies before `propose` returns.
    this.pending.set(requestId, proposal);
    if (this.raft.propose(command, bytes, proposal.hash, requestId)) return true;
    this.pending.delete(requestId);
    return false;
  }

  /** The first one may have got lost on its way to the leader. Of both the session lets one take effect, and either answers. */
  private repeat(earlier: Proposal, done: ProposalDone): boolean {
    const { command, bytes, hash, done: doneEarlier } = earlier;
    earlier.done = (response) => {
      doneEarlier(response);
      done(response);
    };
    this.raft.propose(command, bytes, hash, command.requestId);
    return true;
  }

  /** An entry that was proposed here has been applied. */
  applied(requestId: string, response: StoreResponse): void {
    const proposal = this.pending.get(requestId);
    if (proposal === undefined) return;
    this.pending.delete(requestId);
    proposal.done(response);
  }

  /** Gives up those that are too old; called now and then. */
  sweep(nowUs: Micros): void {
    for (const [requestId, proposal] of this.pending) {
      const ageUs = nowUs - proposal.proposedUs;
      if (this.proposesAgain && !proposal.again && ageUs >= this.timeoutUs / 4) {
        proposal.again = true;
        this.raft.propose(proposal.command, proposal.bytes, proposal.hash, requestId);
      }
      if (ageUs < this.timeoutUs) {
        if (this.proposesAgain) continue;
        return;
      }
      this.pending.delete(requestId);
      proposal.done(null);
    }
  }
}

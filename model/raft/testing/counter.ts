/** The smallest state machine worth replicating: it counts what is added, so every answer tells how much of the log it saw. */
import { hashString, mix3, type Kind, kind, type Os, type Program } from '../../../sim/index.ts';
import { RaftNode } from '../host/node.ts';
import type { RaftNodeOptions, RaftNodeView } from '../host/node-options.ts';
import { inMemory, type AppliedEntry, type MachineSnapshot, type MemoryMachine } from '../host/state-machine.ts';

export interface CounterRequest {
  readonly id: number;
  readonly name: 'add' | 'read';
}

export interface CounterReply {
  readonly id: number;
  /** False: it was not done, and will not be. */
  readonly ok: boolean;
  /** How many adds the answer has seen, its own included. */
  readonly count: number;
}

/** An operator asks for a change of the group; only its leader listens. `draw` says whom. */
export interface AdminRequest {
  readonly operation: 'add' | 'promote' | 'remove' | 'move-leader';
  readonly draw: number;
}

export const adminKind: Kind<AdminRequest> = kind<AdminRequest>('counter/admin', {
  digest: ({ draw }, digest) => digest.int(draw),
  describe: ({ operation }) => `an operator asks: ${operation}`,
});

export const requestKind: Kind<CounterRequest> = kind<CounterRequest>('counter/request', {
  describe: ({ id, name }) => `${name} (${id})`,
});
export const replyKind: Kind<CounterReply> = kind<CounterReply>('counter/reply', {
  describe: ({ id, ok, count }) => (ok ? `answer ${id}: ${count}` : `refuse ${id}`),
});

interface CounterState {
  readonly count: number;
  readonly hash: number;
}

export interface CounterServerView extends RaftNodeView {
  readonly count: number;
  readonly hash: number;
}

export interface CounterServerOptions extends Omit<RaftNodeOptions, 'machine'> {
  /** Size of what one add puts into the log. */
  readonly commandBytes: number;
  /** Size of a snapshot. */
  readonly stateBytes: number;
}

export class CounterServer implements Program, MemoryMachine {
  readonly node: RaftNode;
  private readonly os: Os;
  private readonly spares: readonly string[];
  private readonly size: number;
  private readonly commandBytes: number;
  private readonly stateBytes: number;
  private state: CounterState = { count: 0, hash: 0 };
  /** By tag: who waits for what was proposed here. */
  private readonly waiting = new Map<string, { readonly client: string; readonly id: number }>();

  constructor({ commandBytes, stateBytes, ...options }: CounterServerOptions) {
    this.os = options.os;
    this.spares = options.spares ?? [];
    this.size = options.members.size;
    this.commandBytes = commandBytes;
    this.stateBytes = stateBytes;
    this.node = new RaftNode({ ...options, machine: inMemory(this) });
  }

  start(): void {
    this.node.start();
  }

  receive(from: string, what: Kind, body: unknown): void {
    if (this.node.receive(from, what, body)) return;
    if (what === adminKind) this.administer(body as AdminRequest);
    if (what !== requestKind) return;
    const { id, name } = body as CounterRequest;
    if (name === 'read') {
      this.node.readIndex((ok) => this.reply(from, id, ok));
      return;
    }
    const tag = `${from}/${id}`;
    // A doubled request is answered once.
    if (this.waiting.has(tag)) return;
    this.waiting.set(tag, { client: from, id });
    if (this.node.propose(tag, this.commandBytes, hashString(tag), tag)) return;
    this.waiting.delete(tag);
    this.reply(from, id, false);
  }

  apply(entry: AppliedEntry, isOrigin: boolean): void {
    if (entry.data === null) return;
    this.state = { count: this.state.count + 1, hash: mix3(this.state.hash, entry.hash, entry.index) };
    if (!isOrigin) return;
    const waiting = this.waiting.get(entry.tag);
    this.waiting.delete(entry.tag);
    if (waiting !== undefined) this.reply(waiting.client, waiting.id, true);
  }

  snapshot(): MachineSnapshot {
    return { state: this.state, bytes: this.stateBytes, hash: this.state.hash };
  }

  restore(state: unknown): void {
    this.state = state as CounterState;
  }

  inspect(): CounterServerView {
    return { ...this.node.inspect(), ...this.state };
  }

  private administer({ operation, draw }: AdminRequest): void {
    const configuration = this.node.group.configurationNow;
    if (!this.node.isLeader || configuration === null) return;
    const { voters, learners } = configuration;
    const one = <T>(list: readonly T[]): T | undefined => list[draw % Math.max(1, list.length)];
    const process = one(this.spares);
    const voter = one(voters);
    const learner = one(learners);
    if (operation === 'add' && process !== undefined) this.node.group.change({ operation, process, learner: draw % 3 > 0 }, '');
    else if (operation === 'promote' && learner !== undefined) this.node.group.change({ operation, member: learner }, '');
    else if (operation === 'remove' && voter !== undefined && voters.length > this.size)
      this.node.group.change({ operation, member: voter }, '');
    else if (operation === 'move-leader' && voter !== undefined) this.node.group.moveLeader(voter);
  }

  private reply(client: string, id: number, ok: boolean): void {
    this.os.send(client, replyKind, { id, ok, count: this.state.count });
  }
}

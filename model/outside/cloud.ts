/**
 * The external cloud provider: not part of the control plane and not behind its consensus. It protects itself against stale
 * leaders by seals and against repetition by operation ids, and keeps both on its own disk.
 */
import { Panic, RpcServer, type Boot, type Connection, type ConnectionHandler, type Os, type Program, type Reply } from '../../sim/index.ts';
import type { Fence } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { acceptedBoundary, type AcceptedAction } from './accepted.ts';
import { Account } from './account.ts';
import { balancersMethod, provisionMethod, releaseMethod, sealMethod } from './cloud-methods.ts';

export interface CloudOptions {
  readonly design: Design;
  readonly defects: DefectSet;
}

/** Refusal codes: `fenced`, `released`, `unavailable`. */
export function cloudProvider(options: CloudOptions): Boot {
  return (os) => new Cloud(os, options);
}

/** A record of its log: the action, and up to which one all had been reported when it was written. */
interface CloudRecord {
  readonly action: AcceptedAction;
  readonly reported: number;
}

const FILE = 'actions';
/** Below a sector, so that a crash never tears one. */
const RECORD_BYTES = 256;

class Cloud implements Program {
  private readonly os: Os;
  private readonly sealing: boolean;
  private readonly account = new Account();
  private readonly server = new RpcServer();
  private recovered = false;
  private reported = 0;

  constructor(os: Os, { design, defects }: CloudOptions) {
    this.os = os;
    this.sealing = design.fencing && !defects.has('no-seal');
    this.server.handle(sealMethod, ({ fence }, reply) => {
      this.act(fence, { operationId: '', owner: '', generation: 0, action: 'seal', resource: '' }, reply, { sealed: fence.token });
    });
    this.server.handle(provisionMethod, ({ operationId, fence, owner, generation }, reply) => {
      const done = this.account.operation(operationId);
      if (done !== undefined) {
        this.repeat(fence, reply, { resource: done.resource });
      } else if (this.account.released(owner, generation)) {
        reply.refuse('released', `${owner} generation ${generation} was released before`);
      } else {
        const resource = `lb-${this.account.nextSequence}`;
        this.act(fence, { operationId, owner, generation, action: 'provision', resource }, reply, { resource });
      }
    });
    this.server.handle(releaseMethod, ({ operationId, fence, owner, belowGeneration }, reply) => {
      if (this.account.operation(operationId) !== undefined) {
        this.repeat(fence, reply, { released: 0 });
        return;
      }
      const released = this.account.balancersOf(owner).filter(({ generation }) => generation < belowGeneration).length;
      this.act(fence, { operationId, owner, generation: belowGeneration, action: 'release', resource: '' }, reply, { released });
    });
    this.server.handle(balancersMethod, (_, reply) => reply.ok({ balancers: this.account.balancers() }));
  }

  start(): void {
    // What a killed predecessor had written may stand in the page cache only; it counts from when it is durable.
    this.os.disk.fsync(FILE, () => this.recover());
  }

  private recover(): void {
    this.os.disk.read(FILE, (records, error) => {
      if (error !== null) throw new Panic(`cannot read its log: ${error}`);
      for (const record of records) {
        if (!record.ok) throw new Panic('its log is damaged');
        const { action, reported } = record.value as CloudRecord;
        this.account.apply(action);
        this.reported = reported;
      }
      for (const record of records) if (record.ok) this.report((record.value as CloudRecord).action);
      this.recovered = true;
    });
  }

  /** Nobody is listening before the log is read. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.server.accept(connection) : null;
  }

  inspect(): unknown {
    return this.account.inspect();
  }

  /** Takes an action into the log and answers when it is durable. */
  private act<Response>(fence: Fence, what: Omit<AcceptedAction, 'sequence' | 'role' | 'token'>, reply: Reply<Response>, answer: Response): void {
    if (this.fenced(fence, reply)) return;
    const action: AcceptedAction = { sequence: this.account.nextSequence, role: fence.role, token: fence.token, ...what };
    const record: CloudRecord = { action, reported: this.reported };
    const error = this.os.disk.append(FILE, record, RECORD_BYTES);
    if (error !== null) {
      reply.refuse('unavailable', `nothing was done: ${error}`);
      return;
    }
    this.account.apply(action);
    this.os.disk.fsync(FILE, () => {
      this.report(action);
      reply.ok(answer);
    });
  }

  /** Answers with an earlier result, which may still be on its way to the disk. */
  private repeat<Response>(fence: Fence, reply: Reply<Response>, answer: Response): void {
    if (!this.fenced(fence, reply)) this.os.disk.fsync(FILE, () => reply.ok(answer));
  }

  private fenced(fence: Fence, reply: Reply<never>): boolean {
    const sealed = this.account.sealed(fence.role);
    if (!this.sealing || fence.token >= sealed) return false;
    reply.refuse('fenced', `token ${fence.token} of ${fence.role} is older than the seal ${sealed}`);
    return true;
  }

  private report(action: AcceptedAction): void {
    if (action.sequence <= this.reported) return;
    this.reported = action.sequence;
    this.os.cross(acceptedBoundary, action);
  }
}

/**
 * The external cloud provider: not part of the control plane and not behind its consensus. It protects itself against stale
 * leaders by seals and against repetition by operation ids, and keeps both on its own disk.
 */
import {
  Panic,
  RpcServer,
  type Boot,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
  type Reply,
} from '../../sim/index.ts';
import type { Fence } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { acceptedBoundary, type AcceptedAction } from './accepted.ts';
import { Account } from './account.ts';
import { balancersMethod, provisionMethod, releaseMethod, sealMethod } from './cloud-methods.ts';
import { VolumeData } from './volume-data.ts';
import { attachMethod, detachMethod, type AttachRequest, type AttachResponse, type DetachRequest } from './volume-methods.ts';

export interface CloudOptions {
  readonly design: Design;
  readonly defects: DefectSet;
}

/** Refusal codes: `fenced`, `released`, `attached`, `unavailable`; of volumes see their methods. */
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

/** What most actions have not. */
const nothing = { operationId: '', owner: '', generation: 0, resource: '', sizeGb: 0, workload: '', node: '' } as const;

class Cloud implements Program {
  private readonly os: Os;
  private readonly sealing: boolean;
  private readonly account = new Account();
  private readonly server = new RpcServer();
  /** Null where nobody asks for volumes. */
  private readonly data: VolumeData | null;
  private recovered = false;
  private reported = 0;

  constructor(os: Os, { design, defects }: CloudOptions) {
    this.os = os;
    this.sealing = design.fencing && !defects.has('no-seal');
    this.server.handle(sealMethod, ({ fence }, reply) => {
      this.act(fence, { action: 'seal' }, reply, { sealed: fence.token });
    });
    this.server.handle(provisionMethod, ({ operationId, fence, owner, generation, sizeGb = 0 }, reply) => {
      const done = this.account.operation(operationId);
      if (done !== undefined) {
        this.repeat(fence, reply, { resource: done.resource });
      } else if (this.account.released(owner, generation)) {
        this.refuse(reply, 'released', `${owner} generation ${generation} was released before`);
      } else {
        const resource = `${sizeGb === 0 ? 'lb' : 'vol'}-${this.account.nextSequence}`;
        this.act(fence, { operationId, owner, generation, action: 'provision', resource, sizeGb }, reply, { resource });
      }
    });
    this.server.handle(releaseMethod, ({ operationId, fence, owner, belowGeneration }, reply) => {
      if (this.account.operation(operationId) !== undefined) {
        this.repeat(fence, reply, { released: 0 });
        return;
      }
      const disks = this.account.disksOf(owner);
      const attached = disks.find(({ attachment }) => attachment !== null);
      if (attached !== undefined) {
        this.refuse(reply, 'attached', `${attached.resource} is attached to ${attached.attachment?.node}`);
        return;
      }
      const released =
        this.account.balancersOf(owner).filter(({ generation }) => generation < belowGeneration).length + disks.length;
      this.act(fence, { operationId, owner, generation: belowGeneration, action: 'release' }, reply, { released });
    });
    this.server.handle(balancersMethod, (_, reply) => {
      const balancers = this.account.balancers();
      this.onceDurable(() => reply.ok({ balancers }));
    });
    this.data = design.volumes ? new VolumeData(os, this.account, this.server, defects, (tell) => this.onceDurable(tell)) : null;
    if (this.data === null) return;
    this.server.handle(attachMethod, (request, reply) => this.attach(request, reply));
    this.server.handle(detachMethod, (request, reply) => this.detach(request, reply));
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
      if (this.data === null) this.recovered = true;
      else this.data.recover(() => void (this.recovered = true));
    });
  }

  /** Nobody is listening before the log is read. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.server.accept(connection) : null;
  }

  inspect(): unknown {
    return this.account.inspect();
  }

  /**
   * To one node at a time. What was attached for a workload and detached since is not attached
   * for it again: whoever asks comes late.
   */
  private attach({ operationId, fence, resource, workload, node }: AttachRequest, reply: Reply<AttachResponse>): void {
    if (this.fenced(fence, reply)) return;
    const disk = this.account.disk(resource);
    if (disk === undefined) {
      this.refuse(reply, 'not-found', `there is no volume ${resource}`);
    } else if (this.account.hasBeenDetached(resource, workload)) {
      this.refuse(reply, 'superseded', `${resource} was detached from ${workload} before`);
    } else if (disk.attachment !== null && disk.attachment.workload !== workload) {
      this.refuse(reply, 'attached', `${resource} is attached to ${disk.attachment.node}`);
    } else if (disk.attachment !== null) {
      this.repeat(fence, reply, { epoch: disk.attachment.epoch });
    } else {
      const epoch = disk.epochs + 1;
      this.act(fence, { operationId, owner: disk.owner, generation: epoch, action: 'attach', resource, workload, node }, reply, {
        epoch,
      });
    }
  }

  /** As CSI's `ControllerUnpublishVolume`: what is not there is not attached, which is all that is wanted. */
  private detach({ operationId, fence, resource, workload }: DetachRequest, reply: Reply<{ readonly detached: boolean }>): void {
    const disk = this.account.disk(resource);
    if (disk === undefined || this.account.operation(operationId) !== undefined) {
      this.repeat(fence, reply, { detached: false });
      return;
    }
    const attachment = disk.attachment?.workload === workload ? disk.attachment : null;
    const { epoch: generation, node } = attachment ?? { epoch: 0, node: '' };
    this.act(fence, { operationId, owner: disk.owner, generation, action: 'detach', resource, workload, node }, reply, {
      detached: attachment !== null,
    });
  }

  /** Takes an action into the log and answers when it is durable. */
  private act<Response>(
    fence: Fence,
    what: Pick<AcceptedAction, 'action'> & Partial<AcceptedAction>,
    reply: Reply<Response>,
    answer: Response,
  ): void {
    if (this.fenced(fence, reply)) return;
    const action: AcceptedAction = {
      ...nothing,
      sequence: this.account.nextSequence,
      role: fence.role,
      token: fence.token,
      ...what,
    };
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

  private refuse(reply: Reply<never>, code: string, message: string): void {
    this.onceDurable(() => reply.refuse(code, message));
  }

  /** Nobody is told of what is still on its way to the disk, and may yet be lost; where nothing is, all are told at once. */
  private onceDurable(tell: () => void): void {
    if (this.reported === this.account.nextSequence - 1) tell();
    else this.os.disk.fsync(FILE, tell);
  }

  private fenced(fence: Fence, reply: Reply<never>): boolean {
    const sealed = this.account.sealed(fence.role);
    if (!this.sealing || fence.token >= sealed) return false;
    this.refuse(reply, 'fenced', `token ${fence.token} of ${fence.role} is older than the seal ${sealed}`);
    return true;
  }

  private report(action: AcceptedAction): void {
    if (action.sequence <= this.reported) return;
    this.reported = action.sequence;
    this.os.cross(acceptedBoundary, action);
  }
}

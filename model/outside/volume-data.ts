/**
 * What is written on the cloud's volumes: how much of it, on a disk of the provider's own, and taken from nobody but
 * the node that a volume is attached to.
 */
import { Panic, type Os, type Reply, type RpcServer } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Account } from './account.ts';
import { readVolumeMethod, volumeWriteBoundary, writeVolumeMethod, type WriteRequest, type Written } from './volume-methods.ts';

const FILE = 'volumes';
/** Below a sector, so that a crash never tears one. */
const RECORD_BYTES = 64;

export class VolumeData {
  private readonly os: Os;
  private readonly account: Account;
  private readonly takesFromAnybody: boolean;
  /** By id of the volume, how much is written. */
  private readonly lengths = new Map<string, number>();
  /** How many of the writes are on their way to the disk. */
  private syncing = 0;
  /** Calls back once all that the account knows is durable. */
  private readonly onceAccountDurable: (tell: () => void) => void;

  constructor(os: Os, account: Account, server: RpcServer, defects: DefectSet, onceAccountDurable: (tell: () => void) => void) {
    this.os = os;
    this.account = account;
    this.onceAccountDurable = onceAccountDurable;
    this.takesFromAnybody = defects.has('volume-takes-writes-of-anybody');
    server.handle(readVolumeMethod, (request, reply) => {
      if (this.isDetached(request, reply)) return;
      const length = this.lengthOf(request.resource);
      this.onceDurable(() => reply.ok({ length }));
    });
    server.handle(writeVolumeMethod, (request, reply) => this.write(request, reply));
  }

  /** Reads what was written before; `done` is called when it is known. */
  recover(done: () => void): void {
    const { disk } = this.os;
    disk.fsync(FILE, () => {
      disk.read(FILE, (records, error) => {
        if (error !== null) throw new Panic(`cannot read its volumes: ${error}`);
        for (const record of records) {
          if (!record.ok) throw new Panic('its volumes are damaged');
          const { resource, number } = record.value as WriteRequest;
          this.lengths.set(resource, number);
        }
        done();
      });
    });
  }

  private lengthOf(resource: string): number {
    return this.lengths.get(resource) ?? 0;
  }

  private write(request: WriteRequest, reply: Reply<Written>): void {
    if (this.isDetached(request, reply)) return;
    const { resource, number } = request;
    const length = this.lengthOf(resource);
    if (number > length + 1) {
      this.onceDurable(() => reply.refuse('gap', `${resource} has ${length} writes, and this is number ${number}`));
      return;
    }
    if (number === length + 1) {
      const error = this.os.disk.append(FILE, request, RECORD_BYTES);
      if (error !== null) {
        reply.refuse('unavailable', `nothing was written: ${error}`);
        return;
      }
      this.lengths.set(resource, number);
      this.os.cross(volumeWriteBoundary, request);
    }
    this.syncing++;
    this.os.disk.fsync(FILE, () => {
      this.syncing--;
      reply.ok({ length: number });
    });
  }

  /** Nobody is told of writes that are still on their way to the disk, and may yet be lost. */
  private onceDurable(tell: () => void): void {
    if (this.syncing === 0) tell();
    else this.os.disk.fsync(FILE, tell);
  }

  /** An older attachment, or none: whoever comes under it does not know yet. */
  private isDetached({ resource, node, epoch }: Omit<WriteRequest, 'number'>, reply: Reply<never>): boolean {
    const attachment = this.account.disk(resource)?.attachment ?? null;
    if (this.takesFromAnybody || (attachment?.epoch === epoch && attachment.node === node)) return false;
    const where = attachment === null ? 'attached to nobody' : `attached to ${attachment.node} under epoch ${attachment.epoch}`;
    this.onceAccountDurable(() => reply.refuse('not-attached', `${resource} is ${where}`));
    return true;
  }
}

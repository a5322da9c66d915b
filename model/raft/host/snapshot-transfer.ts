/**
 * Snapshots on the wire: one that does not fit into a chunk goes in several (dissertation figure 5.3), of which a window's worth
 * is under way at once, as in the stream that etcd sends one in: if each chunk waited for an answer, small ones would take longer
 * than until the next snapshot; a window does not flood a slow link either.
 */
import { kind, type Digest, type Kind } from '../../../sim/index.ts';
import type { MemberId } from '../core/configuration.ts';
import type { Message } from '../core/message.ts';

export interface SnapshotChunk {
  /** The whole of it, so that a receiver needs no reassembly; it may be taken only when every byte has come. */
  readonly message: Message;
  /** Counts the transfers of this sender. */
  readonly transfer: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface SnapshotChunkResponse {
  readonly from: MemberId;
  readonly term: number;
  readonly transfer: number;
  /** Everything before is there: the next chunk begins here. */
  readonly offset: number;
}

const CHUNK_HEADER_BYTES = 64;

export const snapshotChunkKind: Kind<SnapshotChunk> = kind<SnapshotChunk>('raft/snapshot-chunk', {
  sizeBytes: ({ bytes }) => CHUNK_HEADER_BYTES + bytes,
  digest: ({ message, transfer, offset }, digest: Digest) => {
    digest.int(message.from);
    digest.int(message.term);
    digest.int(message.snapshot!.index);
    digest.int(message.snapshot!.hash | 0);
    digest.int(transfer);
    digest.int(offset);
  },
  describe: ({ message, offset, bytes }) =>
    `bytes ${offset} to ${offset + bytes} of ${message.snapshot!.bytes} of the snapshot at ${message.snapshot!.index} (term ${message.snapshot!.term})`,
});

export const snapshotChunkResponseKind: Kind<SnapshotChunkResponse> = kind<SnapshotChunkResponse>(
  'raft/snapshot-chunk-response',
  {
    digest: ({ from, term, transfer, offset }, digest: Digest) => {
      digest.int(from);
      digest.int(term);
      digest.int(transfer);
      digest.int(offset);
    },
    describe: ({ offset }) => `hold the first ${offset} bytes of the snapshot`,
  },
);

/** What a sender has under way before anything is answered; a chunk always may be. TCP begins with half as much (RFC 6928). */
const WINDOW_BYTES = 32 * 1024;
/** Chunks are sent again when no answer has acknowledged more within so many ticks. */
const RETRY_TICKS = 3;

interface Outgoing {
  readonly message: Message;
  readonly transfer: number;
  /** Everything before it is there, as far as was answered. */
  acknowledged: number;
  /** Everything before it was sent. */
  sent: number;
  /**
   * What the receiver said last: less than was acknowledged when answers overtook each other,
   * or when it has forgotten what it had.
   */
  heard: number;
  /** Since the receiver said something new. */
  silentTicks: number;
}

export interface SenderHost {
  send(to: MemberId, what: Kind, body: unknown): void;
  /** Every byte has arrived, or the receiver is silent (etcd `ReportSnapshot`). */
  report(to: MemberId, arrived: boolean): void;
}

/** What a leader has under way: to each member one snapshot at most. */
export class SnapshotSender {
  private readonly host: SenderHost;
  private readonly chunkBytes: number;
  private readonly patienceTicks: number;
  private readonly outgoing = new Map<MemberId, Outgoing>();
  private transfers: number;

  /** Numbers of transfers begin after `transfersBefore`: those of an earlier incarnation are not used again. */
  constructor(host: SenderHost, chunkBytes: number, patienceTicks: number, transfersBefore: number) {
    this.host = host;
    this.chunkBytes = chunkBytes;
    this.patienceTicks = patienceTicks;
    this.transfers = transfersBefore;
  }

  get active(): number {
    return this.outgoing.size;
  }

  /** The snapshot fits into one chunk: it may go as a message like others. */
  isSmall({ snapshot }: Message): boolean {
    return snapshot!.bytes <= this.chunkBytes;
  }

  /**
   * One that is under way goes on: if it started over whenever the core lost patience, a slow one would never arrive. It may be
   * an older one; what is missing then, the next one brings.
   */
  begin(message: Message): void {
    if (this.outgoing.get(message.to)?.message.term === message.term) return;
    const outgoing = { message, transfer: ++this.transfers, acknowledged: 0, sent: 0, heard: 0, silentTicks: 0 };
    this.outgoing.set(message.to, outgoing);
    this.fillWindow(outgoing);
  }

  answered({ from, transfer, offset }: SnapshotChunkResponse): void {
    const outgoing = this.outgoing.get(from);
    if (outgoing === undefined || transfer !== outgoing.transfer) return;
    outgoing.heard = offset;
    if (offset <= outgoing.acknowledged) return;
    outgoing.acknowledged = offset;
    outgoing.silentTicks = 0;
    if (offset < outgoing.message.snapshot!.bytes) {
      this.fillWindow(outgoing);
      return;
    }
    this.outgoing.delete(from);
    this.host.report(from, true);
  }

  tick(): void {
    for (const [to, outgoing] of this.outgoing) {
      outgoing.silentTicks++;
      if (outgoing.silentTicks >= this.patienceTicks) {
        this.outgoing.delete(to);
        this.host.report(to, false);
      } else if (outgoing.silentTicks % RETRY_TICKS === 0) {
        outgoing.acknowledged = outgoing.sent = outgoing.heard;
        this.fillWindow(outgoing);
      }
    }
  }

  /** This member does not lead any more. */
  abort(): void {
    this.outgoing.clear();
  }

  private fillWindow(outgoing: Outgoing): void {
    const { message, transfer, acknowledged } = outgoing;
    const end = Math.min(message.snapshot!.bytes, acknowledged + Math.max(WINDOW_BYTES, this.chunkBytes));
    // What an answer says is ahead of what was sent when everything is being sent again.
    outgoing.sent = Math.max(outgoing.sent, acknowledged);
    while (outgoing.sent < end) {
      const chunk: SnapshotChunk = {
        message,
        transfer,
        offset: outgoing.sent,
        bytes: Math.min(this.chunkBytes, message.snapshot!.bytes - outgoing.sent),
      };
      outgoing.sent += chunk.bytes;
      this.host.send(message.to, snapshotChunkKind, chunk);
    }
  }
}

/** What a follower has received of the newest snapshot that is on its way to it. In memory only. */
export class SnapshotReceiver {
  private from: MemberId = 0;
  private term = 0;
  private transfer = 0;
  /** Everything before it is there. */
  private received = 0;
  /** Bytes of the chunks that came before one that they follow, by their offset. */
  private readonly early = new Map<number, number>();

  /** How many bytes of this transfer are there now; −1: it is an old one, and nothing is to be said. */
  take({ message, transfer, offset, bytes }: SnapshotChunk): number {
    const { from, term } = message;
    if (from !== this.from || term !== this.term || transfer !== this.transfer) {
      if (term < this.term || (term === this.term && transfer < this.transfer)) return -1;
      this.from = from;
      this.term = term;
      this.transfer = transfer;
      this.received = 0;
      this.early.clear();
    }
    if (offset >= this.received) this.early.set(offset, bytes);
    for (let more = this.early.get(this.received); more !== undefined; more = this.early.get(this.received)) {
      this.early.delete(this.received);
      this.received += more;
    }
    return this.received;
  }
}

/**
 * A region's own store, outside of consensus: the state machine and the protocol of the store, one process for each region,
 * replicated to the others after the fact. Its promise is weaker: what it acknowledged is durable in its region; of two writes of
 * a key the later one by a hybrid clock stays, and a write that knew of another is always the later one; regions that can talk
 * come to hold the same. Two regions may acknowledge writes that do not know of each other, and then one of them is lost.
 */
import {
  Channel,
  kind,
  ms,
  RpcServer,
  Signal,
  type Boot,
  type Co,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
  type ReadRecord,
  type Reply,
} from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { StoreMachine } from '../../store/machine/machine.ts';
import { compact, isReadOnly, type MutatingRequest, type StoreResponse } from '../../store/machine/requests.ts';
import { validateRequest, validateSize } from '../../store/machine/validate.ts';
import { deleteMethod, putMethod, rangeMethod, txnMethod, watchMethod, watchProgressMethod } from '../../store/member/methods.ts';
import { Watches } from '../../store/member/member-watches.ts';
import { formatStamp, HybridClock } from './hybrid-clock.ts';
import { keptBoundary, type KeptVersion } from './kept.ts';
import { replicateMethod } from './methods.ts';
import { recordBytes, RegionalState, type KeptChange, type RegionalRecord } from './state.ts';

export interface RegionalStoreOptions {
  /** The regional stores of the other regions. */
  readonly peers: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What a regional store shows of itself. */
export interface RegionalStoreView {
  readonly revision: number;
  /** The stamp of each key's newest version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Clients whose writes are on their way to the disk. */
  readonly waiting: number;
}

export function regionalStore(options: RegionalStoreOptions): Boot {
  return (os) => new RegionalStore(os, options);
}

/** The file of its log. */
export const REGIONAL_FILE = 'regional';
/** Records behind an image before the log is rewritten. */
const REWRITE_RECORDS = 400;
const BATCH_VERSIONS = 64;
const REPLICATE_TIMEOUT_US = ms(1_000);
const RETRY_US = ms(200);
const SCAN_US = ms(500);

const readAgainKind = kind<null>('regional/read-again', { serviceUs: 1, describe: () => 'tries again to read its log' });
const scanKind = kind<null>('regional/scan', { serviceUs: 5, describe: () => 'tells watches how far they have come' });
const compactKind = kind<null>('regional/compaction', { serviceUs: 5, describe: () => 'the history may be compacted' });

/** A record on its way to the disk, and who waits for it. */
interface Waiting {
  readonly record: RegionalRecord;
  readonly done: (() => void) | null;
  readonly failed: (why: string) => void;
}

class RegionalStore implements Program {
  private readonly os: Os;
  private readonly design: Design;
  private readonly peers: readonly string[];
  private readonly state: RegionalState;
  private readonly clock: HybridClock;
  private readonly acknowledgesEarly: boolean;
  private readonly watches: Watches;
  private readonly rpc = new RpcServer();
  /** Requests in the log, by their stamp, whose clients wait. */
  private readonly answers = new Map<object, Reply<StoreResponse>>();
  private readonly changed = new Signal();
  private recovered = false;
  private waiting: Waiting[] = [];
  private writing = false;
  private records = 0;
  private commands = 0;

  constructor(os: Os, { peers, design, defects }: RegionalStoreOptions) {
    this.os = os;
    this.design = design;
    this.peers = peers;
    const machine = new StoreMachine({ compat: design.storeCompat });
    this.state = new RegionalState(machine, defects.has('regional-tombstones-forgotten'));
    this.clock = new HybridClock(os.region, () => os.wallUs(), defects.has('regional-wall-clock'));
    this.acknowledgesEarly = defects.has('regional-acks-before-durable');
    this.watches = new Watches(os, machine, design, new Set());
    this.serve();
  }

  start(): void {
    const { disk } = this.os;
    // What a life that was killed has written may not be durable yet, and must be before anybody hears of it.
    disk.fsync(REGIONAL_FILE, () =>
      disk.read(REGIONAL_FILE, (records, error) => {
        if (error === null) this.recover(records);
        else this.os.after(RETRY_US, readAgainKind, () => this.start());
      }),
    );
  }

  /** Nobody is listening before the log is read. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.rpc.accept(connection) : null;
  }

  inspect(): RegionalStoreView {
    const versions: Record<string, string> = {};
    for (const { key, stamp } of this.state.all) versions[key] = formatStamp(stamp);
    return { revision: this.state.machine.revision, versions, waiting: this.answers.size };
  }

  private recover(records: readonly ReadRecord[]): void {
    for (const record of records) {
      if (!record.ok) break;
      this.records++;
      this.state.apply(record.value as RegionalRecord);
    }
    // What a power loss has torn was never acknowledged.
    if (this.records < records.length) this.os.disk.truncate(REGIONAL_FILE, this.records);
    for (const { stamp } of this.state.all) this.clock.saw(stamp);
    this.recovered = true;
    this.os.after(SCAN_US, scanKind, () => this.scan());
    if (this.design.compactEveryUs > 0) this.os.after(this.design.compactEveryUs, compactKind, () => this.compact());
    for (const peer of this.peers) this.os.spawn(`replicate to ${peer}`, this.replicateTo(peer));
  }

  // ── what clients ask ─────────────────────────────────────────────────────────────────────────────────────────────

  private serve(): void {
    const { rpc } = this;
    const { machine } = this.state;
    rpc.handle(rangeMethod, (request, reply) => answer(reply, validateRequest(request) ?? machine.range(request)));
    rpc.handle(txnMethod, ({ id, request }, reply) => {
      if (isReadOnly(request)) answer(reply, validateRequest(request) ?? machine.readTxn(request));
      else this.write(id, request, reply);
    });
    rpc.handle(putMethod, ({ id, request }, reply) => this.write(id, request, reply));
    rpc.handle(deleteMethod, ({ id, request }, reply) => this.write(id, request, reply));
    rpc.handle(watchProgressMethod, ({ watch }, reply) => {
      this.watches.requestProgress(watch);
      reply.ok(null);
    });
    rpc.handleStream(watchMethod, (request, stream) => this.watches.open(request, stream));
    rpc.handle(replicateMethod, ({ origin, upTo, versions }, reply) => {
      for (const { stamp } of versions) this.clock.saw(stamp);
      const done = (): void => reply.ok({ upTo: this.state.heardOf(origin) });
      if (versions.length === 0) done();
      else
        this.log({ record: { type: 'merged', origin, upTo, versions }, done, failed: (why) => reply.refuse('unavailable', why) });
    });
  }

  private write(id: string, request: MutatingRequest, reply: Reply<never>): void {
    const told = reply as Reply<unknown> as Reply<StoreResponse>;
    const invalid = validateRequest(request) ?? validateSize(request, this.design.storeRequestMaxBytes);
    if (invalid !== null) {
      answer(told, invalid);
      return;
    }
    const stamp = this.clock.next();
    // Answered where it is applied.
    this.answers.set(stamp, told);
    const failed = (why: string): void => {
      this.answers.delete(stamp);
      told.refuse('unavailable', why);
    };
    this.log({ record: { type: 'written', id, request, stamp }, done: null, failed });
  }

  // ── its log ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private log(waiting: Waiting): void {
    this.waiting.push(waiting);
    this.flush();
  }

  /** One batch after the other: a record takes effect once it is durable, in the order of the log. */
  private flush(): void {
    if (this.writing || this.waiting.length === 0) return;
    this.writing = true;
    if (this.records >= REWRITE_RECORDS) {
      this.rewrite();
      return;
    }
    const batch = this.waiting;
    this.waiting = [];
    const { disk } = this.os;
    const written = batch.filter(({ record, failed }) => {
      const error = disk.append(REGIONAL_FILE, record, recordBytes(record));
      if (error !== null) failed(error);
      return error === null;
    });
    if (this.acknowledgesEarly) this.takeAll(written);
    disk.fsync(REGIONAL_FILE, () => {
      this.records += written.length;
      if (!this.acknowledgesEarly) this.takeAll(written);
      this.writing = false;
      this.flush();
    });
  }

  private rewrite(): void {
    const image = this.state.image();
    this.os.disk.replace(REGIONAL_FILE, [{ value: image, bytes: recordBytes(image) }], (error) => {
      // On a full disk the log goes on where it is.
      this.records = error === null ? 1 : 0;
      this.writing = false;
      this.flush();
    });
  }

  private takeAll(written: readonly Waiting[]): void {
    for (const { record, done } of written) {
      this.take(record);
      done?.();
    }
    this.watches.syncSoon();
  }

  private take(record: RegionalRecord): void {
    if (record.type === 'written') {
      const { response, changes } = this.state.write(record.id, record.request, record.stamp);
      this.tell('written', changes);
      if (changes.length > 0) this.changed.notify();
      const reply = this.answers.get(record.stamp);
      this.answers.delete(record.stamp);
      if (reply !== undefined) answer(reply, response);
    } else if (record.type === 'merged') {
      this.tell('merged', this.state.merge(record.origin, record.upTo, record.versions));
    }
  }

  private tell(how: KeptVersion['how'], changes: readonly KeptChange[]): void {
    for (const { version, replaced } of changes) this.os.cross(keptBoundary, { region: this.os.region, how, version, replaced });
  }

  // ── now and then ─────────────────────────────────────────────────────────────────────────────────────────────────

  private *replicateTo(peer: string): Co<never> {
    const channel = new Channel(this.os, [peer]);
    const origin = this.os.region;
    let upTo = 0;
    let asked = false;
    for (;;) {
      const versions = asked ? this.state.changesAfter(upTo, BATCH_VERSIONS) : [];
      if (asked && versions.length === 0) {
        yield* this.changed.wait();
        yield* this.os.sleep(this.design.regionalReplicationUs);
        continue;
      }
      const last = versions.length < BATCH_VERSIONS ? this.state.sequence : (versions.at(-1)?.sequence ?? 0);
      const outcome = yield* channel.call(replicateMethod, { origin, upTo: asked ? last : 0, versions }, REPLICATE_TIMEOUT_US);
      if (outcome.status === 'ok') {
        upTo = outcome.value.upTo;
        asked = true;
      } else {
        asked = false;
        yield* this.os.sleep(RETRY_US);
      }
    }
  }

  private scan(): void {
    this.os.after(SCAN_US, scanKind, () => this.scan());
    this.watches.notifyProgress(this.os.monotonicUs());
  }

  private compact(): void {
    this.os.after(this.design.compactEveryUs, compactKind, () => this.compact());
    const { machine } = this.state;
    const revision = machine.revision - this.design.keepRevisions;
    if (revision <= Math.max(0, machine.compactRevision)) return;
    const id = `${this.os.name}/${this.os.incarnation}:${++this.commands}`;
    this.log({
      record: { type: 'written', id, request: compact(revision), stamp: this.clock.next() },
      done: null,
      failed: () => undefined,
    });
  }
}

function answer(reply: Reply<never>, response: StoreResponse): void {
  const told = reply as Reply<unknown> as Reply<StoreResponse>;
  if (response.kind === 'error') told.refuse(response.code, response.message);
  else told.ok(response);
}

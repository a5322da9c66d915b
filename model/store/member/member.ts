/** A member of the store as a process: Raft, the state machine, its watches and leases, and the calls that clients make. */
import {
  kind,
  ms,
  RpcServer,
  type Boot,
  type Connection,
  type ConnectionHandler,
  type Kind,
  type Method,
  type Micros,
  type Os,
  type Program,
  type Reply,
  type ServerStream,
  type Stream,
  type StreamCallbacks,
} from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { MemberId } from '../../raft/core/configuration.ts';
import { RaftNode } from '../../raft/host/node.ts';
import type { RaftNodeView } from '../../raft/host/node-options.ts';
import type { AppliedEntry } from '../../raft/host/state-machine.ts';
import { storeErrors } from '../machine/errors.ts';
import { entryResultBoundary, stateRestoredBoundary } from './entry-result.ts';
import { hostErrors, type HostErrorCode } from './host-errors.ts';
import type { LessorInspection } from './lessor.ts';
import type { StoreMachine } from '../machine/machine.ts';
import type { StoreInspection } from '../machine/machine-types.ts';
import {
  alarmMethod,
  compactMethod,
  deleteMethod,
  forwardedKeepAliveMethod,
  forwardedTimeToLiveMethod,
  peerHashMethod,
  keepAliveMethod,
  leaseGrantMethod,
  leaseLeasesMethod,
  leaseRevokeMethod,
  leaseTimeToLiveMethod,
  putMethod,
  rangeMethod,
  registerClientMethod,
  txnMethod,
  watchMethod,
  watchProgressMethod,
  watchStreamMethod,
  watchStreamRequestMethod,
  type Mutation,
} from './methods.ts';
import {
  compact,
  isReadOnly,
  isSerializable,
  type Command,
  type CommandSession,
  type LeaseGrantRequest,
  type MutatingRequest,
  type StoreResponse,
} from '../machine/requests.ts';
import type { BackendView } from './backend.ts';
import { DurableStore } from './member-backend.ts';
import { CorruptionCheck } from './member-corruption.ts';
import { LeaseKeeper } from './member-leases.ts';
import { Membership } from './member-membership.ts';
import { Proposals } from './member-proposals.ts';
import { WatchStreams } from './member-streams.ts';
import { Watches } from './member-watches.ts';
import { validateRequest, validateSize } from '../machine/validate.ts';
import type { WatcherInspection } from '../watch/watch-hub.ts';

export interface StoreMemberOptions {
  /** Its id in the group as it began; 0: it idles until it is added. */
  readonly id: MemberId;
  /** Every member of the group as it began, with the name of its process. */
  readonly members: ReadonlyMap<MemberId, string>;
  /** Processes that idle until they are added. */
  readonly spares?: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

export interface StoreMemberView {
  readonly raft: RaftNodeView;
  readonly store: StoreInspection;
  readonly backend: BackendView;
  readonly lessor: LessorInspection;
  readonly watches: readonly WatcherInspection[];
  readonly pendingProposals: number;
}

/** One member of the store. Its process is called what `members` says. */
export function storeMember(options: StoreMemberOptions): Boot {
  return (os) => new StoreMember(os, options);
}

/** etcd's interval of the scan for expired leases; what else is due now and then is done at the same pace. */
const SCAN_US = ms(500);
/** A watch ends when its member has known no leader for this many election timeouts (etcd: 3). */
const LEADERLESS_TIMEOUTS = 3;

const scanKind = kind<null>('store/scan', { serviceUs: 5, describe: () => 'looks for expired leases' });
const compactKind = kind<null>('store/auto-compaction', { serviceUs: 5, describe: () => 'the history may be compacted' });

class StoreMember implements Program {
  private readonly os: Os;
  private readonly options: StoreMemberOptions;
  private readonly design: Design;
  private readonly store: DurableStore;
  private readonly machine: StoreMachine;
  private readonly raft: RaftNode;
  private readonly proposals: Proposals;
  private readonly membership: Membership;
  private readonly watches: Watches;
  private readonly streams: WatchStreams;
  private readonly leases: LeaseKeeper;
  private readonly corruption: CorruptionCheck;
  private readonly rpc = new RpcServer();
  private readonly leaseIds: Stream;
  private readonly servesLocalReads: boolean;
  private readonly acknowledgesBeforeCommit: boolean;
  private readonly electionUs: Micros;
  private leaderSeenUs: Micros;
  private commands = 0;

  constructor(os: Os, options: StoreMemberOptions) {
    const { id, members, design, defects } = options;
    this.os = os;
    this.options = options;
    this.design = design;
    this.servesLocalReads = defects.has('serve-local-reads');
    this.acknowledgesBeforeCommit = defects.has('member-acks-before-commit');
    this.electionUs = design.heartbeatUs * design.electionTicks;
    this.leaseIds = os.random('lease-id');
    this.leaderSeenUs = os.monotonicUs();
    this.store = new DurableStore({ os, design, defects, minLeaseTtlUs: minLeaseTtlUs(design), restored: () => this.restored() });
    this.machine = this.store.machine;
    this.watches = new Watches(os, this.machine, design, defects);
    this.streams = new WatchStreams(os, this.machine, this.watches, design);
    this.raft = new RaftNode({
      os,
      id,
      members,
      spares: options.spares ?? [],
      design,
      defects,
      machine: {
        apply: (entry, isOrigin) => this.apply(entry, isOrigin),
        recover: (snapshot, done) => this.store.recover(snapshot, done),
        snapshot: () => this.store.snapshot(),
        persist: (done) => this.store.persist(done),
        image: () => this.store.image(),
        restore: (snapshot) => this.store.restore(snapshot),
      },
      leadership: (leading) => this.leases.leadership(leading),
    });
    // As etcd: the time of a request, and of two elections on top.
    const giveUpUs = design.storeRequestUs + 2 * this.electionUs;
    this.proposals = new Proposals(this.raft, giveUpUs, defects.has('proposes-again-on-silence'));
    this.leases = new LeaseKeeper({
      os,
      raft: this.raft,
      table: this.machine.leases,
      design,
      defects,
      revision: () => this.machine.revision,
      propose: (request, done) => this.command(request, done),
    });
    this.corruption = new CorruptionCheck({
      os,
      design,
      defects,
      raft: this.raft,
      machine: this.machine,
      alarm: (member) => this.command({ kind: 'alarm', action: 'activate', member, alarm: 'corrupt' }),
    });
    this.membership = new Membership(os, this.raft, design.heartbeatUs, giveUpUs);
    this.membership.serve(this.rpc);
    this.serve();
  }

  start(): void {
    this.raft.start();
    this.store.start(this.options.id);
    this.corruption.start();
    this.os.after(SCAN_US, scanKind, () => this.scan());
    if (this.design.compactEveryUs > 0) this.os.after(this.design.compactEveryUs, compactKind, () => this.compact());
  }

  receive(from: string, what: Kind, body: unknown): void {
    this.raft.receive(from, what, body);
  }

  accept(connection: Connection): ConnectionHandler {
    return this.rpc.accept(connection);
  }

  inspect(): StoreMemberView {
    return {
      raft: this.raft.inspect(),
      store: this.machine.inspect(),
      backend: this.store.inspect(),
      lessor: this.leases.lessor.inspect(),
      watches: this.watches.hub.inspect(),
      pendingProposals: this.proposals.size,
    };
  }

  // ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

  private serve(): void {
    const { rpc } = this;
    this.mutation(putMethod, (request) => request);
    this.mutation(deleteMethod, (request) => request);
    this.mutation(compactMethod, (request) => request);
    this.mutation(alarmMethod, (request) => request);
    this.mutation(leaseRevokeMethod, (request) => request);
    this.mutation(leaseGrantMethod, (request) => this.withLeaseId(request));
    rpc.handle(registerClientMethod, ({ id }, reply) => {
      this.propose(id, { kind: 'registerClient', sessionsMax: this.design.clientSessions }, null, reply);
    });
    rpc.handle(txnMethod, ({ id, request, session = null }, reply) => {
      if (!isReadOnly(request)) this.mutate(id, request, session, reply);
      // As etcd: serializable only if every range is.
      else this.read(reply, isSerializable(request), () => validateRequest(request) ?? this.machine.readTxn(request));
    });
    rpc.handle(rangeMethod, (request, reply) => {
      const local = request.serializable || this.servesLocalReads;
      this.read(reply, local, () => validateRequest(request) ?? this.store.range(request));
    });
    rpc.handle(keepAliveMethod, ({ id }, reply) => this.leases.keepAlive(id, reply));
    rpc.handle(forwardedKeepAliveMethod, ({ id }, reply) => this.leases.renew(id, reply));
    rpc.handle(peerHashMethod, (request, reply) => this.corruption.answer(request, reply));
    rpc.handle(leaseTimeToLiveMethod, (request, reply) => this.leases.timeToLive(request, reply));
    rpc.handle(forwardedTimeToLiveMethod, (request, reply) => this.leases.tellTimeToLive(request, reply));
    rpc.handle(leaseLeasesMethod, (_request, reply) => reply.ok(this.leases.leases()));
    rpc.handle(watchProgressMethod, ({ watch }, reply) => {
      this.watches.requestProgress(watch);
      reply.ok(null);
    });
    rpc.handle(watchStreamRequestMethod, ({ stream, request }, reply) => {
      this.streams.request(stream, request);
      reply.ok(null);
    });
    this.stream(watchMethod, (request, stream) => this.watches.open(request, stream));
    this.stream(watchStreamMethod, ({ stream: name }, stream) => this.streams.open(name, stream));
  }

  private stream<Request, Item>(
    what: Method<Request, Item>,
    open: (request: Request, stream: ServerStream<Item>) => StreamCallbacks,
  ): void {
    this.rpc.handleStream(what, (request, stream) => {
      if (this.raft.ready) return open(request, stream);
      stream.end('ErrNoLeader', hostErrors.ErrNoLeader.message);
      return {};
    });
  }

  private mutation<Request extends MutatingRequest, Response>(
    what: Method<Mutation<Request>, Response>,
    complete: (request: Request) => Request,
  ): void {
    this.rpc.handle(what, ({ id, request, session = null }, reply) =>
      this.mutate(id, complete(request), session, reply as Reply<unknown> as Reply<StoreResponse>),
    );
  }

  /** Answered when its entry is applied here; until then, and perhaps for ever, nobody knows. */
  private mutate(id: string, request: MutatingRequest, session: CommandSession | null, reply: Reply<StoreResponse>): void {
    const invalid = validateRequest(request) ?? validateSize(request, this.design.storeRequestMaxBytes);
    if (invalid !== null) {
      answer(reply, invalid);
      return;
    }
    if (this.raft.unapplied > this.design.applyLagMaxEntries) {
      refuse(reply, 'ErrTooManyRequests');
      return;
    }
    if (!this.store.hasSpaceFor(request)) {
      this.raiseNoSpace();
      answer(reply, storeErrors.ErrNoSpace);
      return;
    }
    this.propose(id, request, session, reply);
    if (this.acknowledgesBeforeCommit && request.kind === 'put') {
      reply.ok({ kind: 'put', revision: this.machine.revision + 1, prevKv: null });
    }
  }

  private propose(id: string, request: Command['request'], session: CommandSession | null, reply: Reply<StoreResponse>): void {
    const proposed = this.proposals.propose(id, request, session, this.os.monotonicUs(), (response) => {
      if (response === null) refuse(reply, 'ErrTimeout');
      else answer(reply, response);
    });
    if (!proposed) refuse(reply, 'ErrNoLeader');
  }

  private read(reply: Reply<StoreResponse>, local: boolean, evaluate: () => StoreResponse): void {
    if (!this.raft.ready) {
      refuse(reply, 'ErrNoLeader');
      return;
    }
    const respond = (): void => answer(reply, evaluate());
    if (local) {
      respond();
      return;
    }
    this.raft.readIndex((ok) => {
      if (ok) respond();
      else refuse(reply, 'ErrLeaderChanged');
    });
  }

  /** The id must be in the log: members could not agree on one chosen later. */
  private withLeaseId(request: LeaseGrantRequest): LeaseGrantRequest {
    if (request.id !== 0) return request;
    let id = 0;
    while (id === 0 || this.machine.leases.has(id))
      id = this.leaseIds.below(0x8000_0000) * 0x10_0000 + this.leaseIds.below(0x10_0000);
    return { ...request, id };
  }

  // ── the replicated log ───────────────────────────────────────────────────────────────────────────────────────────

  private apply(entry: AppliedEntry, isOrigin: boolean): void {
    const { machine } = this;
    const { member, index, term } = entry;
    if (entry.data === null) {
      this.store.applied(index, term);
      if (isOrigin && entry.change !== null) this.membership.applied(entry);
      return;
    }
    const command = entry.data as Command;
    const hadSpace = this.store.hasSpaceFor(command.request);
    const response = machine.apply(index, command, isOrigin);
    this.store.applied(index, term);
    const { revision, compactRevision, sizeBytes, stateHash: hash } = machine;
    this.os.cross(entryResultBoundary, {
      member,
      index,
      requestId: command.requestId,
      response,
      revision,
      compactRevision,
      sizeBytes,
      hash,
    });
    if (!machine.refrained) this.leases.applied(command, response);
    this.watches.syncSoon();
    const grewTooLarge = !hadSpace && !machine.refrained && response.kind !== 'error';
    if (grewTooLarge) this.raiseNoSpace();
    if (isOrigin) this.proposals.applied(command.requestId, grewTooLarge ? storeErrors.ErrNoSpace : response);
  }

  private restored(): void {
    const { appliedIndex: index, revision, compactRevision, sizeBytes, stateHash: hash } = this.machine;
    this.os.cross(stateRestoredBoundary, { member: this.raft.member, index, revision, compactRevision, sizeBytes, hash });
    this.watches.syncSoon();
  }

  /** As etcd: every member from then on refuses what would make the store grow, until somebody has made room and says so. */
  private raiseNoSpace(): void {
    if (!this.machine.alarms.outOfSpace)
      this.command({ kind: 'alarm', action: 'activate', member: this.raft.member, alarm: 'nospace' });
  }

  /** A command of the member's own; mostly nobody waits for it, and what it is for will be asked again. */
  private command(request: MutatingRequest, done: (applied: boolean) => void = () => undefined): void {
    const id = `${this.os.name}/${this.os.incarnation}:${++this.commands}`;
    const proposed = this.proposals.propose(id, request, null, this.os.monotonicUs(), (response) => done(response !== null));
    if (!proposed) done(false);
  }

  // ── now and then ─────────────────────────────────────────────────────────────────────────────────────────────────

  private scan(): void {
    this.os.after(SCAN_US, scanKind, () => this.scan());
    const nowUs = this.os.monotonicUs();
    this.proposals.sweep(nowUs);
    this.membership.sweep(nowUs);
    this.leases.scan();
    this.watches.notifyProgress(nowUs);
    this.streams.notifyProgress(nowUs);
    if (this.raft.leader !== null) this.leaderSeenUs = nowUs;
    else if (nowUs - this.leaderSeenUs >= LEADERLESS_TIMEOUTS * this.electionUs) {
      this.watches.endAll();
      this.streams.endAll();
    }
  }

  /** One member compacts for all, through the log, as kube-apiserver does: so that all forget the same. */
  private compact(): void {
    this.os.after(this.design.compactEveryUs, compactKind, () => this.compact());
    const revision = this.machine.revision - this.design.keepRevisions;
    if (this.leases.lessor.isPrimary && revision > Math.max(0, this.machine.compactRevision)) this.command(compact(revision));
  }
}

/** etcd: one and a half election timeouts, rounded up to a second. */
export function minLeaseTtlUs({ heartbeatUs, electionTicks }: Design): Micros {
  return Math.ceil((heartbeatUs * electionTicks * 3) / 2 / 1_000_000) * 1_000_000;
}

function answer(reply: Reply<StoreResponse>, response: StoreResponse): void {
  if (response.kind === 'error') reply.refuse(response.code, response.message);
  else reply.ok(response);
}

function refuse(reply: Reply<StoreResponse>, code: HostErrorCode): void {
  reply.refuse(code, hostErrors[code].message);
}

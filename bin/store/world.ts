/** The world of a script: one member of the store, as the platform runs it, and one client that asks what it is given. */
import { defaultDesign, type Design } from '../../model/design.ts';
import type { StoreCompat } from '../../model/store/machine/profile.ts';
import { storeMember, type StoreMemberView } from '../../model/store/member/member.ts';
import {
  Channel,
  createRun,
  kind,
  ms,
  seconds,
  type Boot,
  type CallOutcome,
  type ClientStream,
  type Co,
  type Method,
  type Os,
  type Program,
  type Run,
  type Topology,
} from '../../sim/index.ts';

export interface StoreWorldOptions {
  readonly compat: StoreCompat;
  readonly defects?: readonly string[];
  /** Largest request (etcd: `--max-request-bytes`). */
  readonly requestMaxBytes?: number;
}

/** One thing for the client to do, in a coroutine of its own process. */
export type Errand = (client: ScriptClient) => Co<void>;

const MEMBER = 'store-1';
const CLIENT = 'client';
/** Both on one machine. */
const topology: Topology = {
  regions: ['here'],
  latency: [[{ baseUs: 40, jitterUs: 0 }]],
  bandwidthMbps: 0,
  queueUs: ms(500),
  keepaliveUs: seconds(10),
  retransmitUs: ms(200),
};

/** How often the client looks whether there is something to do: so long the world goes on by itself between two requests. */
const LOOK_US = 200;
/** What is under way when a request is answered arrives within this. */
const SETTLE_US = 2_000;
/** So many steps at once. Few: what is taken in a stretch can be longer than it had to be. */
const STEPS = 4;
/** A member alone is ready after an election timeout; more means that it never will be. */
const START_MOST_US = seconds(60);

/** etcd's `grpcOverheadBytes`. */
const GRPC_OVERHEAD_BYTES = 512 * 1024;

/** etcd's own defaults, unscaled; nothing is compacted unless the script says so. */
function designOf({ compat, requestMaxBytes = defaultDesign.storeRequestMaxBytes }: StoreWorldOptions): Design {
  return {
    ...defaultDesign,
    storeCompat: compat,
    storeRequestMaxBytes: requestMaxBytes,
    watchResponseMaxBytes: requestMaxBytes + GRPC_OVERHEAD_BYTES,
    heartbeatUs: ms(100),
    electionTicks: 10,
    snapshotEveryEntries: 100_000,
    entriesBehindSnapshot: 5_000,
    compactEveryUs: 0,
    walSegmentBytes: 64 * 1024 * 1024,
    backendCommitUs: ms(100),
    compactBatchChanges: 1_000,
    leaseCheckpointUs: seconds(300),
    storeRequestUs: seconds(5),
    watchProgressUs: seconds(600),
  };
}

export class StoreWorld {
  private readonly run: Run;
  private readonly inbox: Errand[] = [];
  private client: ScriptClient | null = null;
  /** For how long the member has been in service, all told. */
  busyUs = 0;

  /** Ready to be asked when it is made. */
  constructor(options: StoreWorldOptions) {
    const design = designOf(options);
    const defects = new Set(options.defects);
    const members = new Map([[1, MEMBER]]);
    const boot: Boot = (os) => (this.client = new ScriptClient(os, this.inbox));
    this.run = createRun({
      // Nothing in it depends on chance but the ids of leases that the member chooses.
      seed: 1,
      topology,
      faults: [],
      properties: [],
      keepHistory: false,
      healAtUs: Number.MAX_SAFE_INTEGER,
      endUs: Number.MAX_SAFE_INTEGER,
      build(world) {
        world.process({ name: MEMBER, region: 'here', boot: storeMember({ id: 1, members, design, defects }) });
        world.process({ name: CLIENT, region: 'here', boot });
      },
    });
    this.run.observe({
      stepped: ({ target }) => {
        if (target?.name === MEMBER) this.busyUs += Math.max(0, target.busyUntilUs - this.run.nowUs);
      },
    });
    while (this.member?.lessor.isPrimary !== true) {
      if (this.run.nowUs > START_MOST_US) throw new Error('the member does not become ready');
      this.proceed();
    }
  }

  get nowUs(): number {
    return this.run.nowUs;
  }

  /** Raft's term. */
  get term(): number {
    return this.member?.raft.raft?.term ?? 0;
  }

  /** Lets the client do something, and the world go on until all that comes of it has come. */
  do(errand: Errand): void {
    this.inbox.push(errand);
    do this.proceed(this.stepsAhead());
    while (this.inbox.length > 0 || this.client?.busy === true);
    let quietFromUs = this.run.nowUs;
    while (this.run.nowUs < quietFromUs + SETTLE_US) {
      this.proceed();
      if (this.isOccupied() || (this.client?.watches === true && this.isCatchingUp())) quietFromUs = this.run.nowUs;
    }
  }

  /** Null before its process has started. */
  private get member(): StoreMemberView | null {
    return this.run.inspect(MEMBER).program as StoreMemberView | null;
  }

  /** Somebody takes in something large, after which more may come. */
  private isOccupied(): boolean {
    return this.run.processes.some(({ busyUntilUs, waiting }) => waiting > 0 || busyUntilUs > this.run.nowUs + LOOK_US);
  }

  private isCatchingUp(): boolean {
    return this.member?.watches.some(({ state }) => state !== 'synced') === true;
  }

  /** Fewer than there are before the client wakes: a member alone has a tick every 100 ms. */
  private stepsAhead(): number {
    const asleepUs = (this.client?.wakesAtUs ?? 0) - this.run.nowUs;
    return Math.max(STEPS, Math.floor(asleepUs / ms(125)));
  }

  private proceed(steps = STEPS): void {
    this.run.advance(this.run.step + steps);
    const { failure, verdict } = this.run;
    if (failure !== null) throw failure.error instanceof Error ? failure.error : new Error(failure.message);
    if (verdict !== null) throw new Error(`the world of the script has ended: ${verdict}`);
  }
}

const beginKind = kind<null>('script/begin', { serviceUs: 1, describe: () => 'begins' });

/** The client's process: does one errand after the other. */
export class ScriptClient implements Program {
  readonly os: Os;
  private readonly inbox: Errand[];
  private readonly channel: Channel;
  private requests = 0;
  busy = false;
  /** It has a stream open. */
  watches = false;
  /** Until then it lets time pass. */
  wakesAtUs = 0;

  constructor(os: Os, inbox: Errand[]) {
    this.os = os;
    this.inbox = inbox;
    this.channel = new Channel(os, [MEMBER]);
  }

  start(): void {
    this.os.after(0, beginKind, () => void this.os.spawn('errands', this.work()));
  }

  call<Request, Response>(what: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    return this.channel.call(what, request, seconds(60));
  }

  /** Lets time pass. */
  sleep(delayUs: number): Co<void> {
    this.wakesAtUs = this.os.monotonicUs() + delayUs;
    return this.os.sleep(delayUs);
  }

  /** An id for a request that goes through the log. */
  requestId(): string {
    return `script-${++this.requests}`;
  }

  /** Opens a stream and hands on what it brings; for good. */
  listen<Request, Item>(what: Method<Request, Item>, request: Request, take: (item: Item) => void): void {
    const stream = this.channel.stream(what, request);
    if (stream === null) throw new Error('the client has no connection to the member');
    this.watches = true;
    this.os.spawn('stream', forward(stream, take));
  }

  private *work(): Co<never> {
    for (;;) {
      const errand = this.inbox.shift();
      if (errand === undefined) {
        yield* this.os.sleep(LOOK_US);
        continue;
      }
      this.busy = true;
      yield* errand(this);
      this.busy = false;
    }
  }
}

function* forward<Item>(stream: ClientStream<Item>, take: (item: Item) => void): Co<void> {
  for (;;) {
    const next = yield* stream.next(seconds(3_600));
    if (next.type === 'item') take(next.item);
    else if (next.type === 'end') throw new Error(`the stream has ended: ${next.message}`);
  }
}

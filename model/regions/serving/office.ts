/**
 * The office of a primary: its holder takes writes for as long as it could confirm, through the control plane, that it is still
 * the one, and lets the others follow it.
 */
import { byCodeUnit, ms, type CallOutcome, type Channels, type Co, type Micros, type Os, type Task } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Primary } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import type { Database } from './database.ts';
import { replicateMethod } from './methods.ts';

/** A workload of the same deployment on another node. */
export interface Peer {
  readonly workload: string;
  readonly node: string;
}

export interface OfficeOptions {
  readonly os: Os;
  readonly api: ApiClient;
  readonly design: Design;
  readonly defects: DefectSet;
  /** As it was when it named the holder. */
  readonly primary: Primary;
  readonly database: Database;
  /** Who may follow, as far as this node knows. */
  readonly peers: () => readonly Peer[];
  /** The node's ways to others. */
  readonly nodes: Channels;
  /** The office is another's, or nobody's. */
  readonly left: () => void;
}

interface Follower {
  readonly peer: Peer;
  task: Task<never> | null;
  /** What it holds of this log, durably; -1 while that is not known. */
  have: number;
}

/**
 * A change of the list of those in sync whose outcome is not known: it may yet come about while the object is at this version.
 */
interface Unsettled {
  readonly version: number;
  readonly inSync: readonly string[];
}

/** One of them may go unanswered: it is given up after as long, and another one still comes in time. */
const RENEWALS_PER_DEADLINE = 3;
const CONFIRM_RETRY_US = ms(200);
const REPLICATE_TIMEOUT_US = ms(600);
const REPLICATE_RETRY_US = ms(300);
const BATCH = 64;

export class Office {
  readonly epoch: number;
  readonly workload: string;
  private readonly options: OfficeOptions;
  private readonly ignoresDeadline: boolean;
  private readonly ignoresLag: boolean;
  private readonly followers = new Map<string, Follower>();
  private readonly renewUs: Micros;
  private readonly task: Task<void>;
  /** Until then nobody else can have been promoted, by the own clock. */
  private deadlineUs = 0;
  private inSync: readonly string[];
  private unsettled: Unsettled | null = null;

  constructor(options: OfficeOptions) {
    const { os, primary, design, defects } = options;
    this.options = options;
    this.epoch = primary.spec.epoch;
    this.workload = primary.spec.workload;
    this.inSync = primary.spec.inSync;
    this.renewUs = Math.floor(design.primaryDeadlineUs / RENEWALS_PER_DEADLINE);
    this.ignoresDeadline = defects.has('primary-without-deadline');
    this.ignoresLag = defects.has('acknowledge-beyond-lag');
    options.database.enter(this.epoch);
    this.task = os.spawn(`hold office ${primary.metadata.name}`, this.hold(), () => this.leave());
  }

  /** It may acknowledge a write at this moment. */
  get holds(): boolean {
    return this.ignoresDeadline || this.options.os.monotonicUs() < this.deadlineUs;
  }

  /** One more write would leave nobody who counts as in sync further behind than the bound. */
  get mayAppend(): boolean {
    const { database, design } = this.options;
    const next = database.length + 1;
    return (
      this.ignoresLag ||
      this.bound.every(
        (uid) => uid === this.workload || next - Math.max(0, this.followers.get(uid)?.have ?? 0) <= design.replicationLagMax,
      )
    );
  }

  /** Those who may follow may be others now. */
  peersChanged(): void {
    const peers = new Map(this.options.peers().map((peer) => [peer.workload, peer]));
    for (const [uid, { peer, task }] of this.followers) {
      if (peers.get(uid)?.node === peer.node) continue;
      task?.cancel();
      this.followers.delete(uid);
    }
    for (const peer of peers.values()) {
      if (this.followers.has(peer.workload)) continue;
      const follower: Follower = { peer, task: null, have: -1 };
      this.followers.set(peer.workload, follower);
      follower.task = this.options.os.spawn(`feed ${peer.workload}`, this.feed(follower));
    }
  }

  close(): void {
    this.task.cancel();
    for (const { task } of this.followers.values()) task?.cancel();
    this.followers.clear();
  }

  inspect(): unknown {
    const { epoch, workload, deadlineUs, inSync } = this;
    return {
      epoch,
      workload,
      deadlineUs,
      inSync,
      followers: [...this.followers.values()].map(({ peer, have }) => ({ ...peer, have })),
    };
  }

  // ── holding it ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whose lag counts: those of the list, and those that a change under way may put on it. */
  private get bound(): readonly string[] {
    return this.unsettled === null ? this.inSync : [...new Set([...this.inSync, ...this.unsettled.inSync])];
  }

  /** Confirms the office again and again; returns when it is found to be another's. */
  private *hold(): Co<void> {
    const { os, design } = this.options;
    this.peersChanged();
    for (;;) {
      const sentUs = os.monotonicUs();
      const asked = yield* this.confirm();
      if (asked === 'lost') return;
      // Whoever takes the office over waits for as long as this after it is taken away, which was not before the question.
      if (asked !== null) this.deadlineUs = sentUs + design.primaryDeadlineUs;
      const isAnswered = asked !== null && (yield* this.adjustInSync(asked));
      yield* os.sleep(isAnswered ? this.renewUs : CONFIRM_RETRY_US);
    }
  }

  /** The object as it is; null when nobody answers. It is asked from the store, since a cache would confirm what is over. */
  private *confirm(): Co<Primary | 'lost' | null> {
    const { api, primary, design } = this.options;
    const asked = yield* api.get(
      'Primary',
      primary.metadata.name,
      'linearizable',
      0,
      Math.min(design.apiRequestUs, this.renewUs),
    );
    if (asked.status === 'refused' && asked.code === 'not-found') return 'lost';
    if (asked.status !== 'ok') return null;
    const { metadata, spec } = asked.value;
    if (spec.service !== primary.spec.service || spec.workload !== this.workload || spec.epoch !== this.epoch) return 'lost';
    if (this.unsettled !== null && this.unsettled.version < metadata.resourceVersion) this.unsettled = null;
    this.inSync = spec.inSync;
    return asked.value;
  }

  /** False when nobody has answered, or by an answer that was about another version: it is to be confirmed again soon. */
  private *adjustInSync({ metadata, spec }: Primary): Co<boolean> {
    const wanted = this.caughtUp();
    if (wanted.length === this.inSync.length && wanted.every((uid) => this.inSync.includes(uid))) return true;
    const { api } = this.options;
    const version = metadata.resourceVersion;
    // Whoever is about to be put on the list counts from before anybody can know, and so does whomever an
    // earlier change may still put there.
    this.unsettled = { version, inSync: [...new Set([...(this.unsettled?.inSync ?? []), ...wanted])] };
    const written = yield* api.update('Primary', metadata.name, version, { spec: { ...spec, inSync: wanted } });
    if (written.status === 'ok') {
      this.inSync = wanted;
      this.unsettled = null;
    }
    // A conflict tells that the earlier change has come about: what the list is now, the next confirmation shows.
    return written.status === 'ok' || (written.status === 'refused' && written.code !== 'conflict');
  }

  private caughtUp(): readonly string[] {
    const { database, design } = this.options;
    const near = Math.ceil(design.replicationLagMax / 2);
    const uids = [this.workload];
    for (const { peer, have } of this.followers.values()) {
      // Once on the list one may lag by all of the bound; to come onto it one has to be nearer.
      const lagMax = this.inSync.includes(peer.workload) ? design.replicationLagMax - 1 : near;
      if (have >= 0 && database.length - have <= lagMax) uids.push(peer.workload);
    }
    return uids.sort(byCodeUnit);
  }

  private leave(): void {
    this.deadlineUs = 0;
    this.close();
    this.options.left();
  }

  // ── letting others follow ────────────────────────────────────────────────────────────────────────────────────────

  private *feed(follower: Follower): Co<never> {
    const { os, database } = this.options;
    let place = database.durable;
    for (;;) {
      // What this node could still forget, others must not know: after a power loss it goes on under the same epoch,
      // and would write the same place again.
      const sent = database.after(place, BATCH);
      const answer = yield* this.replicate(follower, place, sent);
      if (answer.status !== 'ok') {
        yield* os.sleep(REPLICATE_RETRY_US);
        continue;
      }
      const isAgreed = answer.value.have >= place;
      place = answer.value.have;
      if (isAgreed) follower.have = place;
      if (isAgreed && place >= database.durable) yield* database.hardened.wait();
    }
  }

  private replicate(
    { peer }: Follower,
    from: number,
    entries: ReturnType<Database['after']>,
  ): Co<CallOutcome<{ readonly have: number }>> {
    const { nodes, database, primary } = this.options;
    const request = {
      service: primary.spec.service,
      workload: peer.workload,
      epoch: this.epoch,
      from,
      previous: database.epochAt(from),
      entries,
    };
    return nodes.to(peer.node).call(replicateMethod, request, REPLICATE_TIMEOUT_US);
  }
}

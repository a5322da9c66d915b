/** etcd's check for corruption: now and then the leader compares its hash of the keys with that of every member it can reach. */
import { boundary, Channels, kind, type Co, type Kind, type Os, type Reply } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { membersOf, type MemberId } from '../../raft/core/configuration.ts';
import type { RaftNode } from '../../raft/host/node.ts';
import { hostErrors } from './host-errors.ts';
import type { StoreMachine } from '../machine/machine.ts';
import type { StoreHash } from '../machine/machine-types.ts';
import { peerHashMethod, type PeerHashRequest, type PeerHashResponse } from './methods.ts';

export interface CorruptionCheckOptions {
  readonly os: Os;
  readonly raft: RaftNode;
  readonly machine: StoreMachine;
  readonly design: Design;
  readonly defects: ReadonlySet<string>;
  /** To raise the alarm: from then on nobody writes, until somebody has looked into it. */
  readonly alarm: (member: MemberId) => void;
}

/** What a member has told another one of its state. */
export interface HashAnswered {
  readonly member: MemberId;
  /** The hash is of the keys at this revision, as a store has them that is compacted to `compactRevision`. */
  readonly revision: number;
  readonly compactRevision: number;
  readonly hash: number;
}

/** What a leader has found. Members that were not compared are in neither list. */
export interface CorruptionChecked extends HashAnswered {
  readonly sound: readonly MemberId[];
  readonly corrupt: readonly MemberId[];
}

export const hashAnsweredBoundary = boundary<HashAnswered>('store/hash-answered', ({ member, revision, hash }) => {
  return `member ${member} answers that its hash is ${hash} at revision ${revision}`;
});

export const corruptionCheckedBoundary = boundary<CorruptionChecked>(
  'store/corruption-checked',
  ({ member, revision, sound, corrupt }) => {
    return `member ${member} finds members ${sound.join(', ')} sound and ${corrupt.length === 0 ? 'none' : corrupt.join(', ')} corrupt at revision ${revision}`;
  },
);

const checkKind: Kind<null> = kind<null>('store/corruption-check', { serviceUs: 5, describe: () => 'members may be compared' });

type Answer = PeerHashResponse | null;

export class CorruptionCheck {
  private readonly options: CorruptionCheckOptions;
  private readonly failureCountsAsSound: boolean;
  private readonly members: Channels;
  private running = false;

  constructor(options: CorruptionCheckOptions) {
    this.options = options;
    this.members = new Channels(options.os);
    this.failureCountsAsSound = options.defects.has('failed-hash-counts-as-equal');
  }

  start(): void {
    const { os, design, raft } = this.options;
    if (design.corruptionCheckUs === 0) return;
    os.after(design.corruptionCheckUs, checkKind, () => {
      this.start();
      if (!raft.isLeader || this.running) return;
      this.running = true;
      os.spawn('check for corruption', this.check(), () => (this.running = false));
    });
  }

  /** Another member asks for the hash at a revision of its own (etcd `PeerHashByRev`). */
  answer({ revision }: PeerHashRequest, reply: Reply<PeerHashResponse>): void {
    const { os, raft, machine } = this.options;
    const hash = machine.hash(revision);
    if (!raft.ready) reply.refuse('ErrNoLeader', hostErrors.ErrNoLeader.message);
    else if (hash.kind === 'error') reply.refuse(hash.code, hash.message);
    else {
      os.cross(hashAnsweredBoundary, {
        member: raft.member,
        revision: hash.revision,
        compactRevision: hash.compactRevision,
        hash: hash.hash,
      });
      reply.ok({
        member: raft.member,
        currentRevision: machine.revision,
        compactRevision: hash.compactRevision,
        hash: hash.hash,
      });
    }
  }

  private *check(): Co<void> {
    const { raft, design } = this.options;
    const own = this.hashNow();
    const answers = new Map<MemberId, Answer>();
    const configuration = raft.group.configurationNow;
    for (const member of configuration === null ? [] : membersOf(configuration)) {
      const address = raft.group.addresses.find((known) => known.id === member);
      if (member === raft.member || address === undefined) continue;
      const outcome = yield* this.members
        .to(address.process)
        .call(peerHashMethod, { revision: own.revision }, design.storeRequestUs);
      answers.set(member, outcome.status === 'ok' && outcome.value.member === member ? outcome.value : null);
    }
    // What the answers may be ahead by is applied here, too, before they are judged.
    raft.readIndex((ok) => {
      if (ok && raft.isLeader) this.judge(own, answers);
    });
  }

  private judge(own: StoreHash, answers: ReadonlyMap<MemberId, Answer>): void {
    const { os, raft, alarm } = this.options;
    const id = raft.member;
    const now = this.hashNow();
    const sound: MemberId[] = [];
    const corrupt: MemberId[] = [];
    if (now.revision === own.revision && now.compactRevision === own.compactRevision && now.hash !== own.hash) corrupt.push(id);
    for (const [member, answer] of answers) {
      if (answer === null) {
        // Nobody knows: it is behind, or compacted further, or out of reach.
        if (this.failureCountsAsSound) sound.push(member);
      } else if (answer.currentRevision > now.revision || answer.compactRevision > now.compactRevision) {
        corrupt.push(member);
      } else if (answer.compactRevision === own.compactRevision) {
        if (answer.hash === own.hash) sound.push(member);
        else corrupt.push(member);
      }
    }
    const { revision, compactRevision, hash } = own;
    os.cross(corruptionCheckedBoundary, { member: id, revision, compactRevision, hash, sound, corrupt });
    // As etcd: one alarm is enough.
    if (corrupt.length > 0) alarm(corrupt[0]!);
  }

  private hashNow(): StoreHash {
    const hash = this.options.machine.hash();
    if (hash.kind === 'error') throw new Error('store: the current revision has a hash');
    return hash;
  }
}

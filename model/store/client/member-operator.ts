/**
 * An operator of the store, who changes its group as intents say: one thing after the other, each until it is done or refused.
 */
import { kind, ms, type Boot, type Co, type Kind, type Micros, type Os, type Program } from '../../../sim/index.ts';
import type { AnyIntent } from '../../intent.ts';
import { MemberClient } from './member-client.ts';
import type { MemberInfo } from '../member/membership-methods.ts';

export const STORE_OPERATOR = 'group-operator';

/** Its `client` is {@link STORE_OPERATOR}. `draw` chooses among those that can be meant when the time has come. */
export interface MemberIntent extends AnyIntent {
  /**
   * `member-replace`: a spare comes as a learner, becomes a voter when it has caught up, and another voter leaves, which does not
   * lead then. `members-join`: two spares come as voters at once, the second one asked for without waiting for the first.
   * `member-remove`: a voter leaves, if there are more than in the beginning. `move-leader`: another voter leads.
   */
  readonly operation: 'member-replace' | 'members-join' | 'member-remove' | 'move-leader';
  readonly arguments: { readonly draw: number };
}

export function isMemberIntent(intent: AnyIntent): intent is MemberIntent {
  return intent.client === STORE_OPERATOR;
}

export interface StoreOperatorOptions {
  /** Processes of the group as it began. */
  readonly members: readonly string[];
  readonly spares: readonly string[];
  readonly intents: readonly MemberIntent[];
  readonly requestUs: Micros;
  /**
   * Takes a member away only when all voters are well, as Cluster API does (its preflight checks). A voter that was
   * removed counts for those who have not heard of it, as long as they have not, and has ended by then: with one more that
   * is lost they may be too few for ever.
   */
  readonly isCareful: boolean;
}

const PROMOTE_RETRY_US = ms(200);
const PROMOTE_TRIES = 25;
const WELL_RETRY_US = ms(200);
const WELL_TRIES = 25;

const beginKind: Kind<null> = kind<null>('store/operate', { describe: () => 'changes something' });

export function storeOperator(options: StoreOperatorOptions): Boot {
  return (os) => new StoreOperator(os, options);
}

class StoreOperator implements Program {
  private readonly os: Os;
  private readonly options: StoreOperatorOptions;
  private readonly client: MemberClient;
  private done = 0;

  constructor(os: Os, options: StoreOperatorOptions) {
    this.os = os;
    this.options = options;
    this.client = new MemberClient(os, [...options.members, ...options.spares], options.requestUs);
  }

  start(): void {
    this.os.after(0, beginKind, () => void this.os.spawn('operator', this.operate()));
  }

  inspect(): { readonly done: number } {
    return { done: this.done };
  }

  private *operate(): Co<void> {
    for (const intent of this.options.intents) {
      const waitUs = intent.at - this.os.monotonicUs();
      if (waitUs > 0) yield* this.os.sleep(waitUs);
      yield* this.carryOut(intent);
      this.done++;
    }
  }

  private *carryOut({ operation, arguments: { draw } }: MemberIntent): Co<void> {
    const listed = yield* this.client.list();
    if (listed.status !== 'ok') return;
    const { members } = listed.value;
    if (operation === 'member-replace') yield* this.replace(members, draw);
    else if (operation === 'members-join') yield* this.joinTwo(members);
    else if (operation === 'member-remove') yield* this.remove(members, draw);
    else {
      const voters = votersOf(members);
      if (voters.length > 0) yield* this.client.moveLeader(voters[draw % voters.length]!.id);
    }
  }

  private *replace(members: readonly MemberInfo[], draw: number): Co<void> {
    let learner = members.find(({ isLearner }) => isLearner);
    if (learner === undefined) {
      const free = this.free(members);
      if (free.length === 0) return;
      const process = free[draw % free.length]!;
      const added = yield* this.client.add(process, true);
      if (added.status !== 'ok') return;
      learner = added.value.members.find((member) => member.process === process);
      if (learner === undefined) return;
    }
    for (let tries = 0; tries < PROMOTE_TRIES; tries++) {
      const promoted = yield* this.client.promote(learner.id);
      if (promoted.status === 'ok') return yield* this.retire(promoted.value.members, draw);
      if (promoted.status === 'refused' && promoted.code !== 'ErrMemberLearnerNotReady' && promoted.code !== 'ErrUnhealthy')
        return;
      yield* this.os.sleep(PROMOTE_RETRY_US);
    }
  }

  private *joinTwo(members: readonly MemberInfo[]): Co<void> {
    const [first, second] = this.free(members);
    if (first === undefined) return;
    if (second !== undefined) this.os.spawn('second one', this.client.add(second, false));
    yield* this.client.add(first, false);
  }

  private free(members: readonly MemberInfo[]): readonly string[] {
    return this.options.spares.filter((process) => members.every((member) => member.process !== process));
  }

  /**
   * Somebody who stays leads first, as Cluster API sees to it: a leader that removes itself and fails before the others have
   * heard that this is committed counts for them still, and when one of them fails as well they are too few. That takes a while,
   * so all have to be well before and after it.
   */
  private *retire(members: readonly MemberInfo[], draw: number): Co<void> {
    const voters = votersOf(members);
    if (!(yield* this.findsAllWell(voters))) return;
    const heir = voters[(draw + 1) % voters.length]!;
    const moved = yield* this.client.moveLeader(heir.id);
    if (moved.status === 'ok') yield* this.remove(members, draw);
  }

  /** Never below the number with which the group began: it bears the loss of as many as then. */
  private *remove(members: readonly MemberInfo[], draw: number): Co<void> {
    const voters = votersOf(members);
    if (voters.length > this.options.members.length && (yield* this.findsAllWell(voters)))
      yield* this.client.remove(voters[draw % voters.length]!.id);
  }

  /** Waits for it, for a while. */
  private *findsAllWell(voters: readonly MemberInfo[]): Co<boolean> {
    if (!this.options.isCareful) return true;
    for (let tries = 0; tries < WELL_TRIES; tries++) {
      if (yield* this.areWell(voters)) return true;
      yield* this.os.sleep(WELL_RETRY_US);
    }
    return false;
  }

  private *areWell(voters: readonly MemberInfo[]): Co<boolean> {
    for (const voter of voters) if (!(yield* this.client.isWell(voter))) return false;
    return true;
  }
}

function votersOf(members: readonly MemberInfo[]): readonly MemberInfo[] {
  return members.filter(({ isLearner }) => !isLearner);
}

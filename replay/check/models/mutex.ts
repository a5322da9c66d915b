/** Locks: a plain one; one that knows who holds it; and one whose every grant has a fencing token larger than all before. */
import { unknownCall, wrongValue, type Call, type Model } from './model.ts';

interface Op {
  readonly f: 'acquire' | 'release';
  readonly process: number;
  /** Of a grant of the fenced lock; null where it is not known, or there is none. */
  readonly token: number | null;
}

interface Lock {
  /** A process, or null when it is free. */
  readonly holder: number | null;
  /** The largest of all grants. */
  readonly token: number;
}

const FREE: Lock = { holder: null, token: -Infinity };
/** Who holds a lock that does not ask who it is. */
const SOMEBODY = -1;

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly knowsHolder: boolean;
  readonly hasTokens: boolean;
}

function lockModel({ name, title, knowsHolder, hasTokens }: Kind): Model<Lock, Op> {
  const who = ({ process }: Call): number => (knowsHolder ? process : SOMEBODY);
  return {
    name,
    title,
    operations: [hasTokens ? 'acquire → TOKEN' : 'acquire', 'release'],
    initially: () => FREE,
    read(call) {
      if (call.f === 'release') return { f: 'release', process: who(call), token: null };
      if (call.f !== 'acquire') throw unknownCall(call, this);
      return { f: 'acquire', process: who(call), token: hasTokens && call.isKnown ? tokenOf(call) : null };
    },
    text: ({ f, process, token }) => `${f} ${process} ${token}`,
    effect: () => 'changes',
    apply({ f, process, token }, state) {
      if (f === 'release') return state.holder === process ? { ...state, holder: null } : null;
      if (state.holder !== null || (token !== null && token <= state.token)) return null;
      // A grant that nobody was told of has a token that says nothing about the others.
      return { holder: process, token: token ?? state.token };
    },
    // A lock is free before it is taken and taken before it is free.
    needs: (later, earlier) => later.f !== earlier.f,
    stateText: ({ holder, token }) =>
      `${holder === null ? 'free' : knowsHolder ? `held by process ${holder}` : 'held'}${token === -Infinity ? '' : `, last token ${token}`}`,
  };
}

function tokenOf(call: Call): number {
  if (typeof call.output !== 'number') throw wrongValue(call, call.output, 'the token of the grant, a number');
  return call.output;
}

export const mutex = lockModel({ name: 'mutex', title: 'a lock that one at a time has', knowsHolder: false, hasTokens: false });

export const ownerMutex = lockModel({
  name: 'owner-mutex',
  title: 'a mutex that only its holder releases',
  knowsHolder: true,
  hasTokens: false,
});

export const fencedMutex = lockModel({
  name: 'fenced-mutex',
  title: 'an owner-mutex whose grants have growing fencing tokens',
  knowsHolder: true,
  hasTokens: true,
});

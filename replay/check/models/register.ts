/** A register: a value that is read, written, and, in `cas-register`, replaced if it is what somebody expects. */
import { pairOf, textOf } from '../value.ts';
import { endsByTraces } from './ends.ts';
import { unknownCall, wrongValue, type Call, type Model } from './model.ts';

/** Values by their texts. */
type Op =
  | { readonly f: 'read'; readonly value: string }
  | { readonly f: 'write'; readonly value: string }
  | { readonly f: 'cas'; readonly expected: string; readonly value: string };

function registerModel(name: string, title: string, operations: readonly string[], hasCas: boolean): Model<string, Op> {
  return {
    name,
    title,
    operations,
    initially: textOf,
    read(call) {
      if (call.f === 'read') return call.isKnown ? { f: 'read', value: textOf(call.output) } : null;
      if (call.f === 'write') return { f: 'write', value: textOf(call.input) };
      if (call.f === 'cas' && hasCas) return readCas(call);
      throw unknownCall(call, this);
    },
    text: (op) => (op.f === 'cas' ? `cas ${op.expected} ${op.value}` : `${op.f} ${op.value}`),
    effect: (op) => (op.f === 'read' ? 'pure' : op.f === 'write' ? 'overwrites' : 'changes'),
    apply(op, state) {
      if (op.f === 'write') return op.value;
      if (op.f === 'read') return op.value === state ? state : null;
      return op.expected === state ? op.value : null;
    },
    needs(later, earlier) {
      if (later.f === 'write' || earlier.f === 'read') return later.f !== 'read';
      return earlier.value === (later.f === 'read' ? later.value : later.expected);
    },
    stateText: (state) => state,
    ends: (all, initially) =>
      endsByTraces(all, {
        leaves: (op) => (op.f === 'read' ? null : op.value),
        shows: (op) => (op.f === 'write' ? [] : [op.f === 'read' ? op.value : op.expected]),
        initially,
      }),
  };
}

function readCas(call: Call): Op {
  const pair = pairOf(call.input);
  if (pair === null) throw wrongValue(call, call.input, '[expected new]');
  return { f: 'cas', expected: textOf(pair[0]), value: textOf(pair[1]) };
}

export const register = registerModel('register', 'a value that is read and written', ['read', 'write VALUE'], false);

export const casRegister = registerModel(
  'cas-register',
  'a register with compare-and-set',
  ['read', 'write VALUE', 'cas [EXPECTED NEW]'],
  true,
);

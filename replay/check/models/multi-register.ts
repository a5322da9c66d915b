/**
 * Several registers, and txns over them: lists of `[:r key value]` and `[:w key value]` that
 * take effect together, in their order.
 */
import { byCodeUnit } from '../../../sim/index.ts';
import { isVector, textOf, type Value } from '../value.ts';
import { unknownCall, wrongValue, type Call, type Model } from './model.ts';

/** Keys and values by their texts. */
interface Micro {
  readonly f: 'r' | 'w';
  readonly key: string;
  readonly value: string;
}

interface Txn {
  readonly micros: readonly Micro[];
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlyMap<string, string>;
}

/** What was written; `rest` is what all others hold. */
interface Registers {
  readonly rest: string;
  readonly written: ReadonlyMap<string, string>;
}

export const multiRegister: Model<Registers, Txn> = {
  name: 'multi-register',
  title: 'registers by key, read and written together in txns',
  operations: ['txn [[:r KEY nil] [:w KEY VALUE] …]'],
  initially: (initial) => ({ rest: textOf(initial), written: new Map() }),
  read(call) {
    if (call.f !== 'txn') throw unknownCall(call, this);
    const micros = microsOf(call);
    const writes = new Map(micros.filter(({ f }) => f === 'w').map(({ key, value }) => [key, value]));
    // What a txn without an answer read is not known.
    const told = call.isKnown ? micros : micros.filter(({ f }) => f === 'w');
    if (told.length === 0) return null;
    return { micros: told, reads: new Set(told.filter(({ f }) => f === 'r').map(({ key }) => key)), writes };
  },
  text: ({ micros }) => micros.map(({ f, key, value }) => `${f} ${key} ${value}`).join(', '),
  effect: ({ writes }) => (writes.size === 0 ? 'pure' : 'changes'),
  apply({ micros, writes }, { rest, written }) {
    const seen = new Map(written);
    for (const { f, key, value } of micros) {
      if (f === 'w') seen.set(key, value);
      else if ((seen.get(key) ?? rest) !== value) return null;
    }
    return writes.size === 0 ? { rest, written } : { rest, written: seen };
  },
  needs(later, earlier) {
    for (const key of earlier.writes.keys()) if (later.reads.has(key) || later.writes.has(key)) return true;
    for (const key of later.writes.keys()) if (earlier.reads.has(key)) return true;
    return false;
  },
  stateText: ({ written }) =>
    `{${[...written]
      .map(([key, value]) => `${key} ${value}`)
      .sort(byCodeUnit)
      .join(', ')}}`,
  keys: ({ micros }) => micros.map(({ key }) => key),
};

function microsOf(call: Call): readonly Micro[] {
  const { input, output, isKnown } = call;
  const txn = isKnown ? output : input;
  const expected = 'a list of [:r key value] and [:w key value]';
  if (!isVector(txn)) throw wrongValue(call, txn, expected);
  return txn.map((micro): Micro => {
    const [f = null, key = null, value = null] = isVector(micro) ? micro : [];
    const name = isKeyword(f) ? f.key : f;
    if (!isVector(micro) || micro.length !== 3 || (name !== 'r' && name !== 'w')) throw wrongValue(call, txn, expected);
    return { f: name, key: textOf(key), value: textOf(value) };
  });
}

function isKeyword(value: Value): value is { readonly key: string } {
  return typeof value === 'object' && value !== null && 'key' in value;
}

/** A set to which elements are added, one by one, and that is read as a whole. */
import { byCodeUnit } from '../../../sim/index.ts';
import { isVector, textOf, type Value } from '../value.ts';
import { endsByTraces } from './ends.ts';
import { unknownCall, wrongValue, type Call, type Model } from './model.ts';

/** Elements by their texts. */
type Op = { readonly f: 'add'; readonly element: string } | { readonly f: 'read'; readonly elements: ReadonlySet<string> };

/** One bit for each element, since a history has as many states as it has elements, and each holds all that came before. */
interface Contents {
  readonly bits: bigint;
  readonly places: Places;
}

export const set: Model<Contents, Op> = {
  name: 'set',
  title: 'elements that are added and read together',
  operations: ['add ELEMENT', 'read → SET'],
  initially: () => ({ bits: 0n, places: new Places() }),
  read(call) {
    if (call.f === 'add') return { f: 'add', element: textOf(call.input) };
    if (call.f !== 'read') throw unknownCall(call, this);
    return call.isKnown ? { f: 'read', elements: new Set(elementsOf(call).map(textOf)) } : null;
  },
  text: (op) => (op.f === 'add' ? `add ${op.element}` : `read ${inBraces(op.elements)}`),
  effect: (op) => (op.f === 'add' ? 'changes' : 'pure'),
  apply(op, state) {
    const { bits, places } = state;
    if (op.f === 'add') return { bits: bits | (1n << BigInt(places.of(op.element))), places };
    return places.bitsOf(op.elements) === bits ? state : null;
  },
  needs(later, earlier) {
    if (later.f === 'read') return earlier.f === 'add' && later.elements.has(earlier.element);
    return earlier.f === 'read' && !earlier.elements.has(later.element);
  },
  stateText: ({ bits }) => bits.toString(16),
  describe: ({ bits, places }) => inBraces(places.elementsOf(bits)),
  ends: (all) =>
    endsByTraces(all, {
      leaves: (op) => (op.f === 'add' ? op.element : null),
      shows: (op) => (op.f === 'read' ? op.elements : []),
    }),
};

function elementsOf(call: Call): readonly Value[] {
  const { output } = call;
  if (output === null) return [];
  if (isVector(output)) return output;
  if (typeof output === 'object' && 'set' in output) return output.set;
  throw wrongValue(call, output, 'a set or a list of elements');
}

function inBraces(elements: Iterable<string>): string {
  return `#{${[...elements].sort(byCodeUnit).join(' ')}}`;
}

/** Which bit stands for which element, in the order in which they come up. */
class Places {
  private readonly places = new Map<string, number>();
  private readonly known = new WeakMap<ReadonlySet<string>, bigint>();

  of(element: string): number {
    const known = this.places.get(element);
    if (known !== undefined) return known;
    const place = this.places.size;
    this.places.set(element, place);
    return place;
  }

  bitsOf(elements: ReadonlySet<string>): bigint {
    const known = this.known.get(elements);
    if (known !== undefined) return known;
    const digits: number[] = [];
    for (const element of elements) {
      const place = this.of(element);
      digits[place >> 2] = (digits[place >> 2] ?? 0) | (1 << (place & 3));
    }
    const bits = BigInt(
      `0x0${Array.from(digits, (digit: number | undefined) => (digit ?? 0).toString(16))
        .reverse()
        .join('')}`,
    );
    this.known.set(elements, bits);
    return bits;
  }

  elementsOf(bits: bigint): readonly string[] {
    return [...this.places].filter(([, place]) => (bits & (1n << BigInt(place))) !== 0n).map(([element]) => element);
  }
}

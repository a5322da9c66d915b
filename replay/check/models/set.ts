/** A set to which elements are added, one by one, and that is read as a whole. */
import { isVector, textOf, type Value } from '../value.ts';
import { endsByTraces } from './ends.ts';
import { unknownCall, wrongValue, type Call, type Model } from './model.ts';

/** Elements by their texts. */
type Op = { readonly f: 'add'; readonly element: string } | { readonly f: 'read'; readonly elements: ReadonlySet<string> };

export const set: Model<ReadonlySet<string>, Op> = {
  name: 'set',
  title: 'elements that are added and read together',
  operations: ['add ELEMENT', 'read → SET'],
  initially: () => new Set(),
  read(call) {
    if (call.f === 'add') return { f: 'add', element: textOf(call.input) };
    if (call.f !== 'read') throw unknownCall(call, this);
    return call.isKnown ? { f: 'read', elements: new Set(elementsOf(call).map(textOf)) } : null;
  },
  text: (op) => (op.f === 'add' ? `add ${op.element}` : `read ${setText(op.elements)}`),
  effect: (op) => (op.f === 'add' ? 'changes' : 'pure'),
  apply(op, state) {
    if (op.f === 'add') return state.has(op.element) ? state : new Set(state).add(op.element);
    return op.elements.size === state.size && [...op.elements].every((element) => state.has(element)) ? state : null;
  },
  needs(later, earlier) {
    if (later.f === 'read') return earlier.f === 'add' && later.elements.has(earlier.element);
    return earlier.f === 'read' && !earlier.elements.has(later.element);
  },
  stateText: setText,
  ends: (all) => endsByTraces(all, { leaves: (op) => (op.f === 'add' ? op.element : null), shows: (op) => (op.f === 'read' ? op.elements : []) }),
};

function elementsOf(call: Call): readonly Value[] {
  const { output } = call;
  if (output === null) return [];
  if (isVector(output)) return output;
  if (typeof output === 'object' && 'set' in output) return output.set;
  throw wrongValue(call, output, 'a set or a list of elements');
}

function setText(elements: ReadonlySet<string>): string {
  return `#{${[...elements].sort((a, b) => (a < b ? -1 : 1)).join(' ')}}`;
}

/**
 * What a deletion does to an object, after Kubernetes' `rest.BeforeDelete` and registry store: it vanishes at once, or is marked
 * and waits for finalizers and for whoever runs it. Pure functions of the object as it stands.
 */
import { seconds, type Micros } from '../../sim/index.ts';
import type { DeleteRequest, Propagation } from './methods.ts';
import { deletionGraceUs, FOREGROUND_FINALIZER, ORPHAN_FINALIZER, type Resource } from './resources/index.ts';

export { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from './resources/index.ts';

/** `remove`: nothing is to be waited for. `mark`: it reads so from now on. `nothing`: it does already. */
export type DeletionStep =
  | { readonly do: 'remove' }
  | { readonly do: 'mark'; readonly object: Resource }
  | { readonly do: 'nothing' };

const POLICIES: readonly (Propagation | null)[] = [null, 'background', 'foreground', 'orphan'];
/** Of a time below nothing Kubernetes makes a second. */
const LEAST_US = seconds(1);

/** What is wrong with how a deletion is asked for; null when nothing is (`ValidateDeleteOptions`). */
export function checkOptions({ propagation, graceUs }: DeleteRequest): string | null {
  if (!POLICIES.includes(propagation)) return 'propagation: should be background, foreground or orphan';
  return graceUs === null || Number.isSafeInteger(graceUs) ? null : 'graceUs: should be a whole number of microseconds';
}

/** What a request that its preconditions admit does. `nowUs` is the time by the server's clock. */
export function deletionStep(current: Resource, { propagation, graceUs: asked }: DeleteRequest, nowUs: Micros): DeletionStep {
  const { metadata } = current;
  const finalizers = withPropagation(metadata.finalizers, propagation);
  const ownUs = deletionGraceUs(current);
  // Nobody can make it wait for what does not run, and what was granted once can only be shortened.
  const graceUs = Math.min(
    ownUs === 0 ? 0 : asked === null ? ownUs : granted(asked),
    metadata.deletionGraceUs ?? Number.MAX_SAFE_INTEGER,
  );
  if (finalizers.length === 0 && graceUs === 0) return { do: 'remove' };
  const isMarked = metadata.deletionUs !== null && metadata.deletionGraceUs === graceUs && finalizers === metadata.finalizers;
  if (isMarked) return { do: 'nothing' };
  // That it is to go is a change of what is wanted.
  const generation = metadata.deletionUs === null ? metadata.generation + 1 : metadata.generation;
  const marked = { ...metadata, generation, finalizers, deletionUs: metadata.deletionUs ?? nowUs, deletionGraceUs: graceUs };
  return { do: 'mark', object: { ...current, metadata: marked } };
}

function granted(askedUs: Micros): Micros {
  return askedUs < 0 ? LEAST_US : askedUs;
}

/** A deleted object that nothing holds any more: an update that takes the last finalizer off removes it. */
export function isReleased({ metadata }: Resource): boolean {
  return metadata.deletionUs !== null && metadata.deletionGraceUs === 0 && metadata.finalizers.length === 0;
}

/** What is wrong with giving an object these finalizers; null when nothing is. From its deletion on they only become fewer. */
export function checkFinalizers({ metadata }: Resource, finalizers: readonly string[]): string | null {
  if (metadata.deletionUs === null) return null;
  const added = finalizers.filter((name) => !metadata.finalizers.includes(name));
  return added.length === 0
    ? null
    : `metadata.finalizers: ${added.join(', ')} cannot be added to an object that is being deleted`;
}

/** The same list when it does not change. Without a policy what an earlier request asked for stays. */
function withPropagation(finalizers: readonly string[], propagation: Propagation | null): readonly string[] {
  if (propagation === null) return finalizers;
  const wanted = propagation === 'foreground' ? FOREGROUND_FINALIZER : propagation === 'orphan' ? ORPHAN_FINALIZER : null;
  const others = finalizers.filter((name) => name !== FOREGROUND_FINALIZER && name !== ORPHAN_FINALIZER);
  if (finalizers.length === others.length + (wanted === null ? 0 : 1) && (wanted === null || finalizers.includes(wanted)))
    return finalizers;
  return wanted === null ? others : [...others, wanted];
}

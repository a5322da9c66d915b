/** What the API knows about a kind of resource: where it belongs, how its parts are checked, and what they begin with. */
import type { Micros } from '../../../sim/index.ts';
import type { StateClassId } from '../state-classes.ts';
import type { Fields } from './fields.ts';

export interface ResourceType<Spec, Status> {
  /** Decides where objects of the kind stand. */
  readonly stateClass: StateClassId;
  /** Where the name of an object tells its class. */
  readonly stateClassOf?: (name: string) => StateClassId;
  /** Then, of which class those are that are listed and watched: what stands on the other side is found by its name alone. */
  readonly listedClass?: StateClassId;
  /** Of every field. One that is of another class than its kind may hold no more than a reference to a thing of that class. */
  readonly fieldClasses: { readonly spec: FieldClasses<Spec>; readonly status: FieldClasses<Status> };
  /**
   * A spec with exactly its own fields, in the order of the contract, so that equal specs are equal as text. Throws a Problem.
   */
  readonly spec: (fields: Fields) => Spec;
  /** Throws a Problem. */
  readonly status: (fields: Fields) => Status;
  /**
   * What is wrong with giving an object this spec in the place of the one it has (Kubernetes' `ValidateUpdate`), beginning with
   * the field; null, or absent: nothing.
   */
  readonly specChange?: (next: Spec, before: Spec) => string | null;
  /** What an object of the kind begins with. */
  readonly initialStatus: Status;
  /**
   * How long a deletion that does not say so lets whoever runs the object end it; 0, or none: nobody runs it, so it may go at
   * once. Asked of every deletion, also of one that names a longer time.
   */
  readonly deletionGraceUs?: (spec: Spec, status: Status) => Micros;
}

export type FieldClasses<Part> = { readonly [Field in keyof Part]-?: StateClassId };

/** Of kinds that say everything in their spec. */
export type NoStatus = Readonly<Record<string, never>>;

export const noStatus: Pick<ResourceType<unknown, NoStatus>, 'status' | 'initialStatus'> = {
  status: () => ({}),
  initialStatus: {},
};

/** The first field that another value is wanted for, as what is wrong; null when there is none. */
export function changedField<Part extends object>(next: Part, before: Part): string | null {
  const field = [...Object.keys(next), ...Object.keys(before)].find(
    (each) => JSON.stringify(next[each as keyof Part]) !== JSON.stringify(before[each as keyof Part]),
  );
  return field === undefined ? null : `${field}: cannot be changed`;
}

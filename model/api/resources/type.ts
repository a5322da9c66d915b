/** What the API knows about a kind of resource: how its parts are checked, and what they begin with. */
import type { Fields } from './fields.ts';

export interface ResourceType<Spec, Status> {
  /** A spec with exactly its own fields, in the order of the contract, so that equal specs are equal as text. Throws a Problem. */
  readonly spec: (fields: Fields) => Spec;
  /** Throws a Problem. */
  readonly status: (fields: Fields) => Status;
  /** What an object of the kind begins with. */
  readonly initialStatus: Status;
}

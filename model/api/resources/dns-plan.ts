/**
 * A DnsPlan: the regions that the name of a service is to lead to. Plans are numbered, and a newer one replaces all before it.
 */
import { given, many, positive } from './fields.ts';
import type { Resource } from './index.ts';
import { noStatus, type NoStatus, type ResourceType } from './type.ts';

export interface DnsPlanSpec {
  /** Uid of the Service. */
  readonly service: string;
  /** The service's name, which is the one that is looked up. */
  readonly record: string;
  readonly number: number;
  /** Regions with ready workloads. */
  readonly targets: readonly string[];
}

export type DnsPlan = Resource<'DnsPlan'>;

export const dnsPlanType: ResourceType<DnsPlanSpec, NoStatus> = {
  stateClass: 'endpoint-intent',
  fieldClasses: {
    spec: { service: 'endpoint-intent', record: 'endpoint-intent', number: 'endpoint-intent', targets: 'endpoint-intent' },
    status: {},
  },
  spec: (fields) => ({
    service: given(fields, 'service'),
    record: given(fields, 'record'),
    number: positive(fields, 'number'),
    targets: many(given)(fields, 'targets'),
  }),
  ...noStatus,
};

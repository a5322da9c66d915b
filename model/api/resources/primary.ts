/** A Primary: which workload of a service takes its writes, and since which epoch. */
import { anyText, count, given, many } from './fields.ts';
import type { Resource } from './index.ts';
import { noStatus, type NoStatus, type ResourceType } from './type.ts';

export interface PrimarySpec {
  /** Uid of the Service; the name is that of the Primary. */
  readonly service: string;
  /** Uid of the workload in office; empty while nobody is. */
  readonly workload: string;
  /** Its Node, and that one's region. */
  readonly node: string;
  readonly region: string;
  /** Grows with each promotion. A workload takes writes under its own epoch and no other. */
  readonly epoch: number;
  /** Grows when the data had to begin anew, because all who had it are gone. */
  readonly line: number;
  /**
   * Uids of the workloads that lag behind the one in office by no more than the bound, itself among them. It acknowledges
   * nothing that would put one of them further behind before it has taken it off this list, and nobody else may be
   * promoted: both write it, and neither over what the other has written meanwhile (Kafka's in-sync replicas, which stand
   * beside the leader and its epoch as well).
   */
  readonly inSync: readonly string[];
}

export type Primary = Resource<'Primary'>;

export const primaryType: ResourceType<PrimarySpec, NoStatus> = {
  stateClass: 'endpoint-intent',
  fieldClasses: {
    spec: {
      service: 'endpoint-intent',
      workload: 'endpoint-intent',
      node: 'endpoint-intent',
      region: 'endpoint-intent',
      epoch: 'endpoint-intent',
      line: 'endpoint-intent',
      inSync: 'endpoint-intent',
    },
    status: {},
  },
  spec: (fields) => ({
    service: given(fields, 'service'),
    workload: anyText(fields, 'workload'),
    node: anyText(fields, 'node'),
    region: anyText(fields, 'region'),
    epoch: count(fields, 'epoch'),
    line: count(fields, 'line'),
    inSync: many(given)(fields, 'inSync'),
  }),
  ...noStatus,
};

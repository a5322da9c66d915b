/** A Service: the workloads of a deployment under one name, for whoever uses them. */
import { count, given, oneOf } from './fields.ts';
import type { Resource } from './index.ts';
import { changedField, type ResourceType } from './type.ts';

export interface ServiceSpec {
  /** Name of the Deployment whose ready workloads serve it. */
  readonly deployment: string;
  /** `balanced`: any of them answers. `primary`: one of them takes the writes, and the others follow it. */
  readonly mode: 'balanced' | 'primary';
}

export interface ServiceStatus {
  /** Number of the DNS plan that was made last: a number is never given twice, whatever became of the plan. */
  readonly plan: number;
}

export type Service = Resource<'Service'>;

export const serviceType: ResourceType<ServiceSpec, ServiceStatus> = {
  stateClass: 'desired-state',
  fieldClasses: { spec: { deployment: 'desired-state', mode: 'desired-state' }, status: { plan: 'desired-state' } },
  spec: (fields) => ({ deployment: given(fields, 'deployment'), mode: oneOf('balanced', 'primary')(fields, 'mode') }),
  // Whom its data belongs to, and whether it has a primary, is so for as long as it exists: whoever
  // wants it otherwise declares another one.
  specChange: changedField,
  status: (fields) => ({ plan: count(fields, 'plan') }),
  initialStatus: { plan: 0 },
};

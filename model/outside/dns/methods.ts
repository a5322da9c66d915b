/**
 * What the provider's DNS serves: record sets of plans, an alias for each name that leads to one of them, and
 * answers to those who look a name up.
 */
import { boundary, method } from '../../../sim/index.ts';

export interface PutPlanRequest {
  /** Uid of the service, and the name under which it is looked up. */
  readonly service: string;
  readonly record: string;
  readonly number: number;
  /** Regions. */
  readonly targets: readonly string[];
}

export interface ActivateRequest {
  readonly service: string;
  readonly number: number;
  /** Number of the plan that must be active now, 0 for none; null: whatever is. */
  readonly expected: number | null;
}

export interface DeletePlanRequest {
  readonly service: string;
  readonly number: number;
  /** Whether it is to be refused for the plan that is active. */
  readonly unlessActive: boolean;
}

/** What stands for one service. */
export interface ZoneEntry {
  readonly service: string;
  readonly record: string;
  /** Number of the active plan; 0 for none. */
  readonly active: number;
  /** Numbers of the plans whose record sets stand, ascending. */
  readonly plans: readonly number[];
}

export interface ResolveResponse {
  readonly number: number;
  readonly targets: readonly string[];
}

/** Idempotent. Refusal codes of all that change something: `conflict`, `not-found`, `active`, `released`, `unavailable`. */
export const putPlanMethod = method<PutPlanRequest, null>('dns/put-plan', {
  serviceUs: 200,
  describeRequest: ({ record, number }) => `record set of plan ${number} for ${record}`,
});
export const activateMethod = method<ActivateRequest, null>('dns/activate', {
  serviceUs: 200,
  describeRequest: ({ service, number, expected }) =>
    `plan ${number} for ${service}${expected === null ? '' : ` in place of ${expected}`}`,
});
export const deletePlanMethod = method<DeletePlanRequest, null>('dns/delete-plan', {
  serviceUs: 200,
  describeRequest: ({ service, number, unlessActive }) =>
    `plan ${number} of ${service} away${unlessActive ? ', unless it is in force' : ''}`,
});
/** Releases all that stands for a service, for ever: its uid never comes back. */
export const releaseNameMethod = method<{ readonly service: string }, null>('dns/release', {
  serviceUs: 200,
  describeRequest: ({ service }) => `release ${service}`,
});
export const zoneMethod = method<null, { readonly entries: readonly ZoneEntry[] }>('dns/zone', {
  serviceUs: 150,
  responseBytes: ({ entries }) => 64 + entries.length * 96,
  describeRequest: () => 'what stands in the zone',
  describeResponse: ({ entries }) => `in force: ${entries.length === 0 ? 'nothing' : entries.map(sayActive).join(', ')}`,
});

function sayActive({ service, active }: ZoneEntry): string {
  return active === 0 ? `nothing for ${service}` : `plan ${active} for ${service}`;
}

/** Refusal code: `no-such-name`. */
export const resolveMethod = method<{ readonly record: string }, ResolveResponse>('dns/resolve', {
  serviceUs: 40,
  describeRequest: ({ record }) => `where is ${record}`,
});

/** An entry of the zone's log: what was done, durably. */
export interface ZoneAction {
  /** Its place in the log, from 1. An entry may be told again after a crash. */
  readonly sequence: number;
  readonly action: 'put' | 'activate' | 'delete' | 'release';
  readonly service: string;
  readonly record: string;
  /** 0 for a release. */
  readonly number: number;
  readonly targets: readonly string[];
}

export const zoneBoundary = boundary<ZoneAction>(
  'dns/applied',
  ({ action, service, number }) => `the zone: ${action} of ${service}${number === 0 ? '' : ` plan ${number}`}`,
);

/** Which plan of a service somebody was told is in force; 0 for none. */
export interface ToldPlan {
  readonly service: string;
  readonly record: string;
  readonly number: number;
}

/** Whoever looks a name up, or asks what stands in the zone, is told. */
export const toldBoundary = boundary<ToldPlan>(
  'dns/told',
  ({ record, number }) => `the zone tells that ${record} leads to ${number === 0 ? 'nothing' : `plan ${number}`}`,
);

/**
 * What workloads answer, through the network of their node: requests of users, checks of their health, and each other's writes.
 */
import { boundary, method } from '../../../sim/index.ts';

/**
 * Refusal codes: `not-here`, `not-in-office`, `behind`, `unavailable`. A write of which nobody can
 * say whether it counts is not answered.
 */
export interface ServeRequest {
  /** Uid of the Service. */
  readonly service: string;
  /** Uid of the workload that is meant. */
  readonly workload: string;
  readonly operation: 'read' | 'write';
  /** Of the Primary that the sender knows, for a write to one; 0 for all else. */
  readonly epoch: number;
  /** Generation of the Endpoints that the sender routes by. */
  readonly generation: number;
  /** The user's own name for it. */
  readonly id: string;
}

export interface ServeResponse {
  /**
   * Of a write to a primary, its place in the order of all writes; of a read, how many the workload
   * knows. 0 where there is no such order.
   */
  readonly sequence: number;
}

export interface HealthRequest {
  readonly service: string;
  readonly workloads: readonly string[];
}

/** Of each workload asked about, in that order. */
export interface HealthResponse {
  readonly serving: readonly boolean[];
  /** How many writes it holds. */
  readonly sequences: readonly number[];
}

/** A write as it stands in the order of all writes. */
export interface LogEntry {
  readonly epoch: number;
  readonly id: string;
}

/** From the workload in office to one that follows it. Refusal codes: `not-here`, `newer-epoch`, `unavailable`. */
export interface ReplicateRequest {
  readonly service: string;
  readonly workload: string;
  readonly epoch: number;
  /** `entries` come behind this place, where the sender has an entry of epoch `previous`. */
  readonly from: number;
  readonly previous: number;
  readonly entries: readonly LogEntry[];
}

export interface ReplicateResponse {
  /** Up to here it holds durably what the sender holds; when that is below what was asked, go on from here. */
  readonly have: number;
}

export const serveMethod = method<ServeRequest, ServeResponse>('serve/request', {
  serviceUs: 80,
  digestRequest: ({ service, workload, operation, epoch, generation, id }, digest) => {
    digest.string(service);
    digest.string(workload);
    digest.string(operation);
    digest.number(epoch);
    digest.number(generation);
    digest.string(id);
  },
  digestResponse: ({ sequence }, digest) => digest.number(sequence),
  describeRequest: ({ operation, workload, epoch, id }) =>
    `${operation} ${id} at ${workload}${epoch === 0 ? '' : ` under epoch ${epoch}`}`,
});
export const healthMethod = method<HealthRequest, HealthResponse>('serve/health', {
  serviceUs: 30,
  describeRequest: ({ workloads }) => `is ${workloads.join(', ')} well`,
});
export const replicateMethod = method<ReplicateRequest, ReplicateResponse>('serve/replicate', {
  serviceUs: 50,
  requestBytes: ({ entries }) => 64 + entries.length * 64,
  describeRequest: ({ epoch, from, entries }) => `${entries.length} writes behind ${from} under epoch ${epoch}`,
});

/** The boundary of a service that has a primary: a workload in office acknowledges a write. */
export interface AcceptedWrite {
  readonly service: string;
  readonly workload: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly id: string;
}

export const acceptedWriteBoundary = boundary<AcceptedWrite>(
  'workload/accepted',
  ({ workload, epoch, sequence, id }) => `${workload} acknowledges write ${id} as number ${sequence} under epoch ${epoch}`,
);

/** What a gateway serves: users, by the name of a service, and whoever wants to know how backends look from where it stands. */
import { boundary, method } from '../../sim/index.ts';

/** Refusal codes: `no-service`, `no-backend`, `no-primary`, `failed`. */
export interface UserRequest {
  /** Name of the service. */
  readonly service: string;
  readonly operation: 'read' | 'write';
  readonly id: string;
}

export interface UserResponse {
  /** Uid of the workload that has answered. */
  readonly workload: string;
  readonly sequence: number;
}

export interface BackendReport {
  /** Uid of the service, and of the workload. */
  readonly service: string;
  readonly workload: string;
  readonly alive: boolean;
  /** Writes that it held when it was asked last. */
  readonly sequence: number;
}

export const userMethod = method<UserRequest, UserResponse>('gateway/request', {
  serviceUs: 60,
  describeRequest: ({ service, operation, id }) => `${operation} ${id} of ${service}`,
});
/** Observations, asked for by whoever decides by them: they stand nowhere, least of all in consensus. */
export const reportMethod = method<null, { readonly backends: readonly BackendReport[] }>('gateway/report', {
  serviceUs: 40,
  responseBytes: ({ backends }) => 64 + backends.length * 64,
});

/** The boundary of a gateway: what it has done about a user's request. */
export interface RoutedRequest {
  /** Uid of the service; empty when the name is not known. */
  readonly service: string;
  readonly name: string;
  readonly operation: 'read' | 'write';
  /** The backend that was asked; empty when there was none to ask. */
  readonly workload: string;
  /** Generation of the Endpoints by which it was chosen; 0 when there was none. */
  readonly generation: number;
}

export const routedBoundary = boundary<RoutedRequest>('gateway/routed', ({ name, operation, workload, generation }) =>
  workload === ''
    ? `has no backend for a ${operation} of ${name}`
    : `sends a ${operation} of ${name} to ${workload}, by generation ${generation}`,
);

/** What a gateway has learnt about a backend by asking it. */
export interface CheckedBackend {
  readonly service: string;
  readonly workload: string;
  readonly ok: boolean;
}

export const checkedBoundary = boundary<CheckedBackend>(
  'gateway/checked',
  ({ workload, ok }) => `finds ${workload} ${ok ? 'alive' : 'silent'}`,
);

/** Probes of leases, and of the locks and sessions that are made of them. */
import type { Boundary, Monitor, Operation } from '../../../../sim/index.ts';
import { usedBoundary, type Use } from '../../../store/concurrency/guarded-resource.ts';
import { keepAliveMethod } from '../../../store/member/methods.ts';
import type { Command } from '../../../store/machine/requests.ts';
import type { Sight } from '../../shared/probe.ts';
import { refusedWith } from './requests.ts';

export function leaseLostInFlight({ hit, scene, commits }: Sight): Monitor {
  /** By lease, unanswered operations that need it, those of clients that died among them. */
  const needed = new Map<number, number>();
  const count = (operation: Operation, by: number): void => {
    const lease = leaseOf(operation);
    if (lease === 0) return;
    const open = (needed.get(lease) ?? 0) + by;
    if (open > 0) needed.set(lease, open);
    else needed.delete(lease);
  };
  scene.history().listen({ invoked: (operation) => count(operation, 1), returned: (operation) => count(operation, -1) });
  return commits.listen(({ data }) => {
    const request = (data as Command | null)?.request;
    if (request?.kind === 'leaseRevoke' && needed.has(request.id)) hit();
  });
}

/** Which lease a recorded call lives by; 0: none. */
function leaseOf({ name, input }: Operation): number {
  const { request } = input as { readonly request?: { readonly kind?: string; readonly lease?: number; readonly id?: number } };
  if (name === keepAliveMethod.name) return request?.id ?? 0;
  return request?.kind === 'put' ? (request.lease ?? 0) : 0;
}

export function leaseEndsUnderAnotherLeader({ hit, commits }: Sight): Monitor {
  const grantedIn = new Map<number, number>();
  return commits.listen(({ data, term }) => {
    const request = (data as Command | null)?.request;
    if (request?.kind === 'leaseGrant') grantedIn.set(request.id, term);
    else if (request?.kind === 'leaseRevoke' && (grantedIn.get(request.id) ?? term) < term) hit();
  });
}

export function checkpointOutlivesLeader({ hit, commits }: Sight): Monitor {
  const noted = new Set<number>();
  return commits.listen(({ data, term }) => {
    if (term > commits.term && noted.size > 0) hit();
    const request = (data as Command | null)?.request;
    if (request?.kind === 'leaseRevoke') noted.delete(request.id);
    else if (request?.kind === 'leaseCheckpoint') {
      for (const { id, remainingTtlUs } of request.checkpoints) {
        if (remainingTtlUs > 0) noted.add(id);
        else noted.delete(id);
      }
    }
  });
}

export function lockPassedOn({ hit }: Sight): Monitor {
  const holders = new Map<string, string>();
  return {
    sees: (what) => what === (usedBoundary as Boundary),
    crossed: (_process, what, body) => {
      if (what !== (usedBoundary as Boundary)) return;
      const { lock, holder } = body as Use;
      if ((holders.get(lock) ?? holder) !== holder) hit();
      holders.set(lock, holder);
    },
  };
}

export function sessionForgotten(sight: Sight): Monitor {
  return refusedWith(sight, 'ErrClientSessionNotFound');
}

import { expect, test } from 'vitest';
import { seconds, type Monitor, type Process, type Report, type Scene } from '../../../sim/index.ts';
import { appliedBoundary } from '../../raft/host/state-machine.ts';
import type { MutatingRequest } from '../../store/machine/requests.ts';
import { keepAliveMethod } from '../../store/member/methods.ts';
import { leaseEnd } from './lease-end.ts';
import { sharedOracle } from './oracle.ts';

const nobody = {} as Process;
const silent: Report = { violated: () => undefined, hit: () => undefined };

/** A lease of 2 s, granted at 1 s, and what may pass beyond its TTL: 1 s. */
function granted(): {
  readonly pendingAt: (nowUs: number, isOver?: boolean) => string | null;
  readonly at: (nowUs: number, what: 'kept alive' | 'healed' | MutatingRequest) => void;
} {
  let nowUs = 0;
  let index = 0;
  const scene = { nowUs: () => nowUs, history: () => ({ listen: () => undefined }) } as unknown as Scene;
  const oracleOf = sharedOracle({ minLeaseTtlUs: 0, compat: '3.6' });
  const oracle = oracleOf(scene, false);
  const monitor: Monitor = leaseEnd(() => oracle, seconds(1)).monitor(silent, scene, false);
  const at = (us: number, what: 'kept alive' | 'healed' | MutatingRequest): void => {
    nowUs = us;
    if (what === 'healed') {
      monitor.healed?.(us);
    } else if (what === 'kept alive') {
      monitor.sent?.(nobody, nobody, keepAliveMethod.request, { call: 1, body: { id: 7 } });
    } else {
      index++;
      oracle.crossed(nobody, appliedBoundary, {
        member: 1,
        index,
        term: 1,
        hash: index,
        bytes: 1,
        tag: '',
        data: { requestId: `${index}`, request: what },
      });
    }
  };
  at(seconds(1), { kind: 'leaseGrant', id: 7, ttlUs: seconds(2) });
  return {
    at,
    pendingAt: (us, isOver = false) => {
      nowUs = us;
      return [...(monitor.waits?.(isOver) ?? [])][0] ?? null;
    },
  };
}

test('a lease that nobody kept alive is missed as soon as its TTL and the slack have passed', () => {
  const lease = granted();
  expect(lease.pendingAt(seconds(4))).toBeNull();
  expect(lease.pendingAt(seconds(4) + 1)).toMatch(/lease 7, of 2000000 µs, was kept alive last at 1.000000 s/);
});

test('a lease may live as long as somebody keeps it alive', () => {
  const lease = granted();
  lease.at(seconds(3), 'kept alive');
  expect(lease.pendingAt(seconds(6))).toBeNull();
  expect(lease.pendingAt(seconds(6) + 1)).not.toBeNull();
});

test('a lease of before the heal is waited for until it is kept alive again or ends', () => {
  const lease = granted();
  lease.at(seconds(2), 'healed');
  expect(lease.pendingAt(seconds(2))).toMatch(/lease 7/);
  lease.at(seconds(2) + 1, 'kept alive');
  expect(lease.pendingAt(seconds(3))).toBeNull();
});

test('a lease of before the heal that a run has no time to wait for is not missing at its end', () => {
  const lease = granted();
  lease.at(seconds(2), 'healed');
  expect(lease.pendingAt(seconds(4), true)).toBeNull();
  expect(lease.pendingAt(seconds(4) + 1, true)).toMatch(/lease 7/);
});

test('a lease that was revoked is over', () => {
  const lease = granted();
  lease.at(seconds(4), { kind: 'leaseRevoke', id: 7 });
  expect(lease.pendingAt(seconds(60))).toBeNull();
});

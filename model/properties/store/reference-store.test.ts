import { expect, test } from 'vitest';
import { Streams } from '../../../sim/index.ts';
import { StoreMachine } from '../../store/machine/machine.ts';
import {
  compact,
  compareNumber,
  compareValue,
  deleteRange,
  put,
  range,
  txn,
  type MutatingRequest,
  type TxnOperation,
} from '../../store/machine/requests.ts';
import { validateRequest } from '../../store/machine/validate.ts';
import { ReferenceStore } from './reference-store.ts';

const TTL_US = 2_000_000;

/** Requests over few keys, leases and revisions, so that they meet; some refused, some in part without effect. */
function drawRequest(seed: number): (revision: number) => MutatingRequest {
  const stream = new Streams(seed).stream('requests');
  const key = (): string => `k${stream.below(4)}`;
  const end = (): string => stream.pick(['', 'k2', 'k9', '\0']);
  const lease = (): number => (stream.percent(70) ? 0 : stream.between(1, 3));
  const write = (): TxnOperation => {
    const ignoreValue = stream.percent(10);
    return put(key(), ignoreValue ? '' : `v${stream.below(99)}`, { lease: lease(), prevKv: stream.percent(50), ignoreValue });
  };
  const operation = (revision: number): TxnOperation => {
    if (stream.percent(50)) return write();
    if (stream.percent(40)) return deleteRange(key(), { rangeEnd: end(), prevKv: true });
    return range(key(), {
      rangeEnd: end(),
      revision: stream.percent(60) ? 0 : revision - 3 + stream.below(5),
      limit: stream.below(3),
      keysOnly: stream.percent(20),
      countOnly: stream.percent(10),
    });
  };
  const compare = (revision: number): ReturnType<typeof compareNumber> =>
    stream.percent(30)
      ? compareValue(key(), stream.pick(['=', '!=', '<', '>']), `v${stream.below(99)}`, end())
      : compareNumber(
          key(),
          stream.pick(['version', 'create', 'mod', 'lease']),
          stream.pick(['=', '!=', '<', '>']),
          stream.below(revision + 1),
          end(),
        );
  return (revision) => {
    const part = stream.below(100);
    if (part < 35) return write() as MutatingRequest;
    if (part < 45) return deleteRange(key(), { rangeEnd: end(), prevKv: true });
    if (part < 75) {
      const branch = (): TxnOperation[] => Array.from({ length: stream.below(4) }, () => operation(revision));
      return txn(stream.percent(60) ? [compare(revision)] : [], branch(), branch());
    }
    if (part < 82) return compact(revision - 4 + stream.below(6));
    if (part < 92)
      return { kind: 'leaseGrant', id: stream.between(0, 3), ttlUs: stream.pick([1, 3_000_000, 9_100_000_000_000_000]) };
    return { kind: 'leaseRevoke', id: stream.between(1, 3) };
  };
}

test('the reference store answers whatever the state machine answers, though they share no code', () => {
  for (let seed = 0; seed < 200; seed++) {
    const machine = new StoreMachine({ minLeaseTtlUs: TTL_US });
    const reference = new ReferenceStore({ minLeaseTtlUs: TTL_US, compat: '3.6' });
    const draw = drawRequest(seed);
    for (let index = 1; index <= 120; index++) {
      const request = draw(machine.revision);
      if (validateRequest(request) !== null) continue;
      expect(reference.apply(request)).toEqual(machine.apply(index, { requestId: '', request }));
      expect(reference.revision).toBe(machine.revision);
      expect(reference.compactRevision).toBe(machine.compactRevision);
    }
    const all = range('\0', { rangeEnd: '\0' });
    expect(reference.range(all, reference.revision)).toEqual(machine.range(all));
    expect(reference.events.slice(-machine.log.length)).toEqual(machine.log.length === 0 ? reference.events : machine.log);
  }
});

test('what was forgotten is told from what is still known', () => {
  const reference = new ReferenceStore({ minLeaseTtlUs: TTL_US, compat: '3.6' });
  for (const value of ['a', 'b', 'c']) reference.apply(put('k', value));
  reference.forget(3);
  expect(reference.remembers(2)).toBe(false);
  expect(reference.remembers(3)).toBe(true);
  expect(reference.range(range('k', { revision: 3 }), 4).kvs.map(({ value }) => value)).toEqual(['b']);
});

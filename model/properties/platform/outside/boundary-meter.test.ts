import { expect, test } from 'vitest';
import type { Process } from '../../../../sim/index.ts';
import { observationKey } from '../../../api/resources/index.ts';
import { appliedBoundary, type AppliedEntry } from '../../../raft/host/state-machine.ts';
import { compareValue, put, txn, type MutatingRequest } from '../../../store/machine/requests.ts';
import { BoundaryMeter, OF_THE_STORE } from './boundary-meter.ts';

const key = observationKey('StatusBlob', 'node-1');

test.each<[string, MutatingRequest, string]>([
  ['a write', put(key, 'x'), 'status-blobs'],
  ['what is written if something holds', txn([compareValue(key, '<', 'x')], [put(key, 'x')]), 'status-blobs'],
  ['what is written unless something holds', txn([compareValue(key, '>', 'x')], [], [put(key, 'x')]), 'status-blobs'],
  ['what writes nothing of the registry', put('elsewhere', 'x'), OF_THE_STORE],
])('%s counts for the class of what it writes', (_what, request, stateClass) => {
  const meter = new BoundaryMeter();
  const entry: AppliedEntry = {
    member: 1,
    index: 1,
    term: 1,
    data: { requestId: 'r1', request },
    bytes: 100,
    hash: 1,
    change: null,
    tag: '',
  };
  meter.crossed({} as Process, appliedBoundary, entry);
  expect(meter.table.filter(({ entries }) => entries > 0).map((account) => account.stateClass)).toEqual([stateClass]);
});

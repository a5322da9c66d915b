import { expect, test } from 'vitest';
import { noDefects } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import { FlowControl, levelOf } from './flow-control.ts';
import { getMethod, leaseMethod, listMethod } from './methods.ts';

const flow = (apiInFlightMax: number, apiQueueMax: number): FlowControl => new FlowControl({ ...defaultDesign, apiInFlightMax, apiQueueMax }, noDefects);

test('so many run, so many wait in the order in which they came, and the rest is not taken on', () => {
  const control = flow(3, 2);
  const ran: number[] = [];
  const admitted = [1, 2, 3, 4, 5].map((n) => control.admit('workload', () => ran.push(n)));
  expect(admitted).toEqual([true, true, true, true, false]);
  expect(ran).toEqual([1, 2]);
  expect(control.queued).toBe(2);
  control.done('workload');
  control.done('workload');
  expect(ran).toEqual([1, 2, 3, 4]);
  control.done('workload');
  control.done('workload');
  expect(control.admit('workload', () => ran.push(6))).toBe(true);
  expect(ran).toHaveLength(5);
});

test('leases have seats that nobody else takes', () => {
  const control = flow(3, 0);
  for (let n = 0; n < 5; n++) control.admit('workload', () => undefined);
  expect(control.admit('workload', () => undefined)).toBe(false);
  expect(control.admit('system', () => undefined)).toBe(true);
});

test('a renewal, and whatever concerns one lease or node, is of the system; a list never is', () => {
  expect(levelOf(leaseMethod, {})).toBe('system');
  expect(levelOf(getMethod, { kind: 'Node' })).toBe('system');
  expect(levelOf(listMethod, { kind: 'Node' })).toBe('workload');
  expect(levelOf(listMethod, { kind: 'Deployment' })).toBe('workload');
});

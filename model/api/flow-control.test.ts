import { expect, test } from 'vitest';
import { noDefects } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import { FlowControl, levelOf } from './flow-control.ts';
import { getMethod, leaseMethod, listMethod } from './methods.ts';

const REQUEST_US = defaultDesign.apiRequestUs;
const fails = (): never => {
  throw new Error('nobody has waited for long');
};

const stays = (): boolean => false;

const flow = (apiInFlightMax: number, apiQueueMax: number): FlowControl =>
  new FlowControl({ ...defaultDesign, apiInFlightMax, apiQueueMax }, noDefects);

test('so many run, so many wait in the order in which they came, and the rest is not taken on', () => {
  const control = flow(3, 2);
  const ran: number[] = [];
  const admit = (n: number): boolean => control.admit('workload', { run: () => ran.push(n), giveUp: fails, isGone: stays }, 0);
  const admitted = [1, 2, 3, 4, 5].map(admit);
  expect(admitted).toEqual([true, true, true, true, false]);
  expect(ran).toEqual([1, 2]);
  expect(control.queued).toBe(2);
  control.done('workload', 0);
  control.done('workload', 0);
  expect(ran).toEqual([1, 2, 3, 4]);
  control.done('workload', 0);
  control.done('workload', 0);
  expect(admit(6)).toBe(true);
  expect(ran).toHaveLength(5);
});

test('leases have seats that nobody else takes', () => {
  const control = flow(3, 0);
  const anybody = { run: () => undefined, giveUp: fails, isGone: stays };
  for (let n = 0; n < 5; n++) control.admit('workload', anybody, 0);
  expect(control.admit('workload', anybody, 0)).toBe(false);
  expect(control.admit('system', anybody, 0)).toBe(true);
});

test('what has waited for as long as a request may take leaves its place to others, and takes no seat', () => {
  const control = flow(2, 2);
  const happened: string[] = [];
  const ask = (name: string, nowUs: number): boolean =>
    control.admit(
      'system',
      { run: () => happened.push(`run ${name}`), giveUp: () => happened.push(`give ${name} up`), isGone: stays },
      nowUs,
    );
  expect([ask('a', 0), ask('b', 1), ask('c', 2), ask('d', 3)]).toEqual([true, true, true, false]);
  expect(ask('e', 1 + REQUEST_US)).toBe(true);
  control.done('system', 2 + REQUEST_US);
  expect(happened).toEqual(['run a', 'give b up', 'give c up', 'run e']);
  expect(control.queued).toBe(0);
});

test('whoever has asked and gone takes no seat, and no place', () => {
  const control = flow(2, 2);
  const ran: string[] = [];
  const gone = new Set<string>();
  const ask = (name: string): boolean =>
    control.admit('system', { run: () => ran.push(name), giveUp: fails, isGone: () => gone.has(name) }, 0);
  expect(['a', 'b', 'c'].map(ask)).toEqual([true, true, true]);
  gone.add('b').add('c');
  expect(['d', 'e', 'f'].map(ask)).toEqual([true, true, false]);
  control.done('system', 1);
  expect(ran).toEqual(['a', 'd']);
});

test('a renewal, and whatever concerns one lease or node, is of the system; a list never is', () => {
  expect(levelOf(leaseMethod, {})).toBe('system');
  expect(levelOf(getMethod, { kind: 'Node' })).toBe('system');
  expect(levelOf(listMethod, { kind: 'Node' })).toBe('workload');
  expect(levelOf(listMethod, { kind: 'Deployment' })).toBe('workload');
});

import { expect, test } from 'vitest';
import { lanesOf, placeLanes } from './lanes.ts';

const names = ['store-east-1', 'api-east-1', 'store-west-1', 'node-east-1', 'cloud', 'node-east-2'];

test('processes of one sort stand together, told apart by a letter or two', () => {
  const lanes = lanesOf(names.map((name) => ({ name })));
  expect(lanes.map(({ process, group, label }) => `${process} ${group} ${label}`)).toEqual([
    '0 store e1',
    '2 store w1',
    '1 api e1',
    '3 node e1',
    '5 node e2',
    '4 cloud ',
  ]);
});

test('where letters do not tell them apart, they are counted', () => {
  expect(lanesOf([{ name: 'job-sync' }, { name: 'job-send' }]).map(({ label }) => label)).toEqual(['1', '2']);
});

test('lanes are wide where there is room, and those around the focus remain where there is not', () => {
  const lanes = lanesOf(Array.from({ length: 30 }, (_, at) => ({ name: `n${at + 1}` })));
  expect(placeLanes(lanes, 200, 0).lanes[1]?.x).toBe(5);
  expect(placeLanes(lanes, 60, 0).lanes[1]?.x).toBe(2);
  const narrow = placeLanes(lanes, 20, 29);
  expect(narrow.lanes.map(({ process }) => process)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  expect(narrow).toMatchObject({ hiddenLeft: 20, hiddenRight: 0 });
});

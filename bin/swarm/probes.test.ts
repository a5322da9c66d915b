import { expect, test } from 'vitest';
import { askedProbes, ENOUGH_RUNS, groupProbes } from './probes.ts';

const groups = groupProbes(
  new Map([
    ['calm', ['a', 'b']],
    ['windy', ['a', 'b']],
    ['storm', ['b', 'c']],
  ]),
);

test('scenarios with the same probes stand together', () => {
  expect(groups).toEqual([
    { scenarios: ['calm', 'windy'], probes: ['a', 'b'] },
    { scenarios: ['storm'], probes: ['b', 'c'] },
  ]);
});

test('only the probes of scenarios that ran are known', () => {
  expect(askedProbes(groups, new Map([['calm', 3]]), [])).toEqual({ known: ['a', 'b'], required: [] });
});

test('`all` asks for what enough runs could have shown', () => {
  const runs = new Map([
    ['calm', ENOUGH_RUNS - 1],
    ['windy', 1],
    ['storm', 5],
  ]);
  expect(askedProbes(groups, runs, ['all'])).toEqual({ known: ['a', 'b', 'c'], required: ['a', 'b'] });
});

test('a probe that is named is asked for, however few runs could have shown it', () => {
  expect(askedProbes(groups, new Map([['calm', 1]]), ['c'])).toEqual({ known: ['c', 'a', 'b'], required: ['c'] });
});

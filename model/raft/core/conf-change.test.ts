import { describe, expect, test } from 'vitest';
import { changeConfiguration, describeChange } from './conf-change.ts';
import { createConfiguration, describeConfiguration, membersOf, votersOf, type Configuration } from './configuration.ts';
import { parseChange } from '../testing/group.ts';

/** Applies changes one after the other; `joint:` before one asks for a joint configuration. */
function after(before: Configuration, ...changes: string[]): string {
  let configuration = before;
  for (const change of changes) {
    const [kind, what] = change.includes(':') ? (change.split(': ') as [string, string]) : ['auto', change];
    configuration = changeConfiguration(configuration, parseChange(what, kind as 'auto' | 'joint' | 'joint-explicit'));
  }
  return `${describeConfiguration(configuration)}${configuration.autoLeave ? ' leaving' : ''}`;
}

const three = createConfiguration([1, 2, 3]);

// After etcd's testdata of its package `confchange`.
test.each<[Configuration, string[], string]>([
  [three, ['add-voter 4'], '{1 2 3 4}'],
  [three, ['add-voter 3'], '{1 2 3}'],
  [three, ['remove 2'], '{1 3}'],
  [three, ['remove 9'], '{1 2 3}'],
  [three, ['update 2'], '{1 2 3}'],
  [three, ['add-learner 4'], '{1 2 3} learners {4}'],
  [three, ['add-learner 4', 'add-learner 4'], '{1 2 3} learners {4}'],
  [three, ['add-learner 4', 'add-voter 4'], '{1 2 3 4}'],
  [three, ['add-learner 4', 'remove 4'], '{1 2 3}'],
  [three, ['add-learner 3'], '{1 2} learners {3}'],
  [three, ['joint: add-voter 4'], '{1 2 3 4}&{1 2 3} leaving'],
  [three, ['joint: add-voter 4', ''], '{1 2 3 4}'],
  [three, ['joint-explicit: add-voter 4'], '{1 2 3 4}&{1 2 3}'],
  [three, ['add-voter 4, remove 1'], '{2 3 4}&{1 2 3} leaving'],
  [three, ['add-voter 4, remove 1', ''], '{2 3 4}'],
  [three, ['add-voter 4, add-learner 3'], '{1 2 4}&{1 2 3} learners next {3} leaving'],
  [three, ['add-voter 4, add-learner 3', ''], '{1 2 4} learners {3}'],
  [three, ['add-learner 4', 'joint: add-voter 4, remove 1'], '{2 3 4}&{1 2 3} leaving'],
  [three, ['joint: add-learner 3, add-voter 3'], '{1 2 3}&{1 2 3} leaving'],
])('%o with %j is %s', (before, changes, expected) => {
  expect(after(before, ...changes)).toBe(expected);
});

test.each<[string[], string]>([
  [[''], 'no joint configuration to leave'],
  [['joint: add-voter 4', 'add-voter 5'], 'must be left first'],
  [['joint: add-voter 4', 'joint: add-voter 5'], 'must be left first'],
  [['remove 1', 'remove 2', 'remove 3'], 'needs a voter'],
  [['remove 1, remove 2, remove 3'], 'needs a voter'],
  [['add-voter 0'], 'not a positive integer'],
])('%j is refused: %s', (changes, reason) => {
  expect(() => after(three, ...changes)).toThrow(reason);
});

describe('a configuration', () => {
  test('names who counts and who gets the log', () => {
    const joint = changeConfiguration(createConfiguration([1, 2, 3], [5]), parseChange('add-voter 4, add-learner 1', 'auto'));
    expect([votersOf(joint), membersOf(joint)]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ]);
  });
});

test('changes read like what they do', () => {
  expect(['add-voter 4', 'add-voter 4, remove 1', ''].map((change) => describeChange(parseChange(change, 'auto')))).toEqual([
    'add-voter 4',
    'add-voter 4, remove 1',
    'leave the joint configuration',
  ]);
  expect(describeChange(parseChange('remove 1', 'joint'))).toBe('remove 1 (joint)');
});

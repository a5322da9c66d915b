import { describe, expect, test } from 'vitest';
import { raftDefects, raftHostDefects } from '../../../model/raft/index.ts';
import { storeDefects } from '../../../model/store/defects.ts';
import { momentsOfConsensus } from './consensus.ts';
import { explanationOf, momentIn } from './testing/explanation-of.ts';

/**
 * Scripts show them (`model/raft/core/defects.test.ts`, `model/raft/testing/defect-worlds.ts`); no
 * faults bring them out in a few seeds.
 */
const scriptedOnly = ['change-before-own-commit', 'older-pre-vote-dropped'];
const told = Object.entries(momentsOfConsensus).filter(([id]) => !scriptedOnly.includes(id));
/** What is said all the time is no moment. */
const SHARE_MOST = 1 / 3;

test('every defect has one', () => {
  const ids = [...raftDefects, ...raftHostDefects, ...storeDefects].map(({ id }) => id);
  expect(Object.keys(momentsOfConsensus).toSorted()).toEqual(ids.toSorted());
});

describe('an explanation contains the decisive moment, and never names the defect:', () => {
  test.each(told)('%s', (id, moment) => {
    const { title, explanation } = explanationOf(id);
    const entries = momentIn(explanation, moment);
    expect(entries).not.toEqual([]);
    expect(entries.length / explanation.story.length).toBeLessThan(SHARE_MOST);
    const everything = JSON.stringify(explanation);
    expect(everything).not.toContain(id);
    expect(everything).not.toContain(title);
  });
});

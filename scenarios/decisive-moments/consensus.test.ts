import { describe, expect, test } from 'vitest';
import { raftDefects, raftHostDefects } from '../../model/raft/index.ts';
import { storeDefects } from '../../model/store/index.ts';
import { momentsOfConsensus } from './consensus.ts';
import { explanationOf, momentIn } from './testing/explanation-of.ts';

test('every decisive moment is one of a defect', () => {
  const ids = [...raftDefects, ...raftHostDefects, ...storeDefects].map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(Object.keys(momentsOfConsensus)));
});

describe('an explanation contains the decisive moment, and never names the defect:', () => {
  test.each(Object.entries(momentsOfConsensus))('%s', (id, moment) => {
    const { title, explanation } = explanationOf(id);
    expect(momentIn(explanation, moment)).not.toEqual([]);
    const everything = JSON.stringify(explanation);
    expect(everything).not.toContain(id);
    expect(everything).not.toContain(title);
  });
});

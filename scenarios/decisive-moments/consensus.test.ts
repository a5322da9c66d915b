import { expect, test } from 'vitest';
import { raftDefects, raftHostDefects } from '../../model/raft/index.ts';
import { storeDefects } from '../../model/store/index.ts';
import { momentsOfConsensus } from './consensus.ts';
import { holdAgainstExplanations } from './testing/hold-against-explanations.ts';

test('every decisive moment is one of a defect', () => {
  const ids = [...raftDefects, ...raftHostDefects, ...storeDefects].map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(Object.keys(momentsOfConsensus)));
});

holdAgainstExplanations(momentsOfConsensus);

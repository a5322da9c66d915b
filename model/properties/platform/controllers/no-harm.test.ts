import { expect, test } from 'vitest';
import { FOREGROUND_FINALIZER, objectKey, type Fence, type Resource } from '../../../api/resources/index.ts';
import { metadata } from '../../../api/testing/objects.ts';
import { deleteRange } from '../../../store/machine/requests.ts';
import { sharedJournals } from '../journal.ts';
import { applies, deletesUnder, deployment, grants, judged, play, writes, type Moment } from '../testing/crossings.ts';
import { noHarm } from './no-harm.ts';

/** Of the first write of all. */
const collector: Fence = { role: 'collector', token: 2 };
const KEY = objectKey('Endpoints', 'web');

function endpoints(owner: string | null): Resource<'Endpoints'> {
  const owners = owner === null ? [] : [{ kind: 'Deployment', name: 'web', uid: owner }];
  return {
    kind: 'Endpoints',
    metadata: metadata('web', { uid: 'e1', owners }),
    spec: { service: 's', mode: 'balanced', backends: [] },
    status: {},
  };
}

function judge(...moments: readonly Moment[]): string | null {
  return judged(play(noHarm(sharedJournals()), [applies(1, grants('collector')), ...moments]));
}

test('an owner that lives is named, by its uid', () => {
  const made = [applies(2, writes(deployment(1, 1))), applies(3, writes(endpoints('u1')))];
  expect(judge(...made, applies(4, deletesUnder(KEY, collector)))).toBe(
    'the collector deletes /registry/Endpoints/web, e1, while its owner Deployment web, u1, lives',
  );
});

test('what bears the name of an owner that is gone is none', () => {
  const made = [applies(2, writes(deployment(1, 1, { uid: 'u2' }))), applies(3, writes(endpoints('u1')))];
  expect(judge(...made, applies(4, deletesUnder(KEY, collector)))).toBeNull();
});

test('an owner that is deleted in the foreground lives no more: what belongs to it goes first', () => {
  const owner = deployment(1, 1);
  const marked = (finalizers: readonly string[]): Resource => ({
    ...owner,
    metadata: { ...owner.metadata, deletionUs: 5, deletionGraceUs: 0, finalizers },
  });
  const made = [applies(2, writes(owner)), applies(3, writes(endpoints('u1')))];
  const collected = applies(5, deletesUnder(KEY, collector));
  expect(judge(...made, applies(4, writes(marked([FOREGROUND_FINALIZER]))), collected)).toBeNull();
  expect(judge(...made, applies(4, writes(marked(['some/body']))), collected)).toMatch(
    /while its owner Deployment web, u1, lives/,
  );
});

test("what never had an owner is not the collector's", () => {
  expect(judge(applies(2, writes(endpoints(null))), applies(3, deletesUnder(KEY, collector)))).toMatch(/belongs to nobody/);
});

test('what others delete is their business', () => {
  const made = [applies(2, writes(deployment(1, 1))), applies(3, writes(endpoints('u1')))];
  expect(judge(...made, applies(4, deleteRange(KEY)))).toBeNull();
});

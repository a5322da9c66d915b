import { describe, expect, test } from 'vitest';
import { apiDefects } from '../../../model/api/defects.ts';
import { controllerDefects } from '../../../model/controllers/defects.ts';
import { outsideDefects } from '../../../model/outside/defects.ts';
import { regionDefects } from '../../../model/regions/defects.ts';
import { momentsOfPlatform } from './platform.ts';
import { explanationOf, momentIn } from './testing/explanation-of.ts';

/** Those whose story is told of something else than what they do. */
const withoutMoment: Readonly<Record<string, string>> = {
  'wait-for-broken-version':
    'nothing is done any more: the failure names what still runs, and not the version that is waited for',
  'names-never-updated': 'nothing is done any more: the failure names where backends are, and not what has put them there',
  'old-plans-kept': 'nothing is done: the failure names what stands, and every enactor leaves it',
  'plans-pile-up': 'nothing is done: the failure counts what stands, and the planner leaves it',
  'duplicates-removed-without-end': 'the failure counts what runs, and names none of those that are taken away',
};

test('every defect has its decisive moment', () => {
  const ids = [...apiDefects, ...controllerDefects, ...regionDefects, ...outsideDefects].map(({ id }) => id);
  expect([...Object.keys(momentsOfPlatform), ...Object.keys(withoutMoment)].toSorted()).toEqual(ids.toSorted());
});

describe('an explanation contains the decisive moment, and never names the defect:', () => {
  test.each(Object.entries(momentsOfPlatform))('%s', (id, moment) => {
    const { title, explanation } = explanationOf(id);
    expect(momentIn(explanation, moment)).not.toEqual([]);
    const everything = JSON.stringify(explanation);
    expect(everything).not.toContain(id);
    expect(everything).not.toContain(title);
  });
});

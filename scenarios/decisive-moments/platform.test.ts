import { describe, expect, test } from 'vitest';
import { apiDefects } from '../../model/api/defects.ts';
import { controllerDefects } from '../../model/controllers/defects.ts';
import { outsideDefects } from '../../model/outside/defects.ts';
import { regionDefects } from '../../model/regions/defects.ts';
import { momentsOfPlatform } from './platform.ts';
import { explanationOf, momentIn } from './testing/explanation-of.ts';

test('every decisive moment is one of a defect', () => {
  const ids = [...apiDefects, ...controllerDefects, ...regionDefects, ...outsideDefects].map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(Object.keys(momentsOfPlatform)));
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

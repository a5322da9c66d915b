import { expect, test } from 'vitest';
import { apiDefects } from '../../model/api/defects.ts';
import { controllerDefects } from '../../model/controllers/defects.ts';
import { outsideDefects } from '../../model/outside/defects.ts';
import { regionDefects } from '../../model/regions/defects.ts';
import { momentsOfPlatform } from './platform.ts';
import { holdAgainstExplanations } from './testing/hold-against-explanations.ts';

test('every decisive moment is one of a defect', () => {
  const ids = [...apiDefects, ...controllerDefects, ...regionDefects, ...outsideDefects].map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(Object.keys(momentsOfPlatform)));
});

holdAgainstExplanations(momentsOfPlatform);

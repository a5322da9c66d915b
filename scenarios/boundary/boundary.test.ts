import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stateClasses, type StateClassId } from '../../model/api/state-classes.ts';
import { defaultDesign, type Design } from '../../model/design.ts';
import { platformProperties } from '../../model/properties/platform/index.ts';
import { seconds } from '../../sim/index.ts';
import { tryWithCuts, type Trial } from './measure.ts';
import { trialCells } from './table.ts';
import { documented, documentedUnjudged } from './testing/document.ts';

const document = readFileSync(new URL('../../docs/boundary.md', import.meta.url), 'utf8');

const usual = tryWithCuts('leadership', 'consensus');

/** The harm that it does to keep decisions outside. */
const harms: { readonly [id in StateClassId]?: (outside: Trial) => void } = {
  // Acknowledged writes are lost.
  'desired-state': ({ broken }) => expect(broken).toContain('platform/no-lost-write'),
  // Authority is split.
  leadership: ({ broken }) => expect(broken).toContain('platform/single-active'),
  // What controllers see goes back.
  membership: ({ broken }) => expect(broken).toContain('platform/ordered-observation'),
  // Regions go by different ones for as long as they are cut off, and what controllers see may go back; no more than that.
  'endpoint-intent': ({ broken, disagreementUs }) => {
    expect(disagreementUs).toBeGreaterThan(seconds(5));
    expect(broken.filter((id) => id !== 'platform/ordered-observation')).toEqual([]);
  },
};

test('where all is where it belongs nothing breaks when regions are cut off', () => {
  expect(usual).toMatchObject({ broken: [], disagreementUs: 0 });
  for (const { id, placement } of stateClasses) expect(documented(document, id, placement).trial).toBe(trialCells(usual));
});

test('the harm is known of every class that stands in consensus by default', () => {
  const decisions = stateClasses.flatMap(({ id, placement }) => (placement === 'consensus' ? [id] : []));
  expect(Object.keys(harms).toSorted()).toEqual(decisions.toSorted());
});

test.each(Object.entries(harms) as [StateClassId, (outside: Trial) => void][])(
  '%s outside does harm when regions are cut off, as is documented',
  (id, doesHarm) => {
    const outside = tryWithCuts(id, 'outside');
    doesHarm(outside);
    expect(documented(document, id, 'outside').trial).toBe(trialCells(outside));
  },
);

test.each(stateClasses)('what is not judged with $id on its other side is documented', ({ id, placement }) => {
  const across: Design = { ...defaultDesign, placements: { [id]: placement === 'outside' ? 'consensus' : 'outside' } };
  const asked = new Set(platformProperties(across).map((property) => property.id));
  const left = platformProperties(defaultDesign).flatMap((property) =>
    asked.has(property.id) ? [] : [property.id.replace('platform/', '')],
  );
  expect(documentedUnjudged(document, id)).toEqual(left);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stateClasses, type StateClassId } from '../../model/api/state-classes.ts';
import { measure } from './measure.ts';
import { costCells } from './table.ts';
import { documented } from './testing/document.ts';

const document = readFileSync(new URL('../../docs/boundary.md', import.meta.url), 'utf8');
const usual = measure('leadership', 'consensus');

type Measured = 'entries' | 'entryBytes' | 'stateBytes' | 'meanWriteUs';

/** How many times over the usual, at least, where observations or payloads stand in consensus. */
const costs: Partial<Record<StateClassId, Partial<Record<Measured, number>>>> = {
  'request-logs': { entries: 10, stateBytes: 10, meanWriteUs: 1.2 },
  'metrics-and-traces': { entries: 1.25, entryBytes: 1.1 },
  'workload-events': { entries: 1.04 },
  'images-and-manifests': { entryBytes: 8, stateBytes: 10 },
  'status-blobs': { entries: 1.25, entryBytes: 3 },
  'controller-cache': { entries: 1.2, entryBytes: 1.5 },
};

test('by default all is written on the side where it belongs', () => {
  expect(usual.serving).toBeGreaterThan(0);
  for (const { id, placement } of stateClasses) {
    // Caches are memory of their processes, which nobody counts.
    if (id !== 'controller-cache') expect(usual.outsideWrites[id] > 0).toBe(placement === 'outside');
    expect(documented(document, id, placement).costs).toBe(costCells({ ...usual, stateClass: id, side: placement }));
  }
});

test.each(stateClasses)('$id on its other side costs what is documented, and deployments come up', ({ id, placement }) => {
  const across = measure(id, placement === 'outside' ? 'consensus' : 'outside');
  expect(across.serving).toBeGreaterThan(0);
  expect(across.outsideWrites[id] > 0).toBe(placement === 'consensus');
  expect(costs[id] === undefined).toBe(placement === 'consensus');
  for (const [field, times] of Object.entries(costs[id] ?? {}) as [Measured, number][])
    expect(across[field] / usual[field]).toBeGreaterThan(times);
  expect(documented(document, id, across.side).costs).toBe(costCells(across));
});

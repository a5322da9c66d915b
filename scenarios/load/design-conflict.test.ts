import { expect, test } from 'vitest';
import { stateClasses } from '../../model/api/state-classes.ts';
import { defaultDesign, type Design } from '../../model/design.ts';
import { designConflict } from './design-conflict.ts';

const conflict = (design: Partial<Design>): string | null => designConflict({ ...defaultDesign, ...design });

test('payloads are placed in consensus where admission lets them in', () => {
  const placements = { 'images-and-manifests': 'consensus' } as const;
  expect(conflict({ placements })).toMatch(
    /^maxObjectBytes should be at least 590848 with images-and-manifests in consensus: else no image can be pushed/,
  );
  expect(conflict({ placements, maxObjectBytes: 590_848 })).toBeNull();
  expect(conflict({ placements: { 'status-blobs': 'consensus' }, statusBlobBytes: 16 * 1024 })).toMatch(
    /^maxObjectBytes should be at least 17408 with status-blobs in consensus/,
  );
});

test('any other class can stand on its other side by itself', () => {
  for (const { id, placement } of stateClasses) {
    if (id !== 'images-and-manifests')
      expect(conflict({ placements: { [id]: placement === 'outside' ? 'consensus' : 'outside' } })).toBeNull();
  }
});

import { expect, test } from 'vitest';
import { defaultDesign, type Design } from '../model/design.ts';
import { designConflict } from './load/design-conflict.ts';
import { simplerDesigns } from './simpler-design.ts';

test('nothing is simpler than the default but fewer processes', () => {
  for (const design of simplerDesigns(defaultDesign)) {
    const changed = (Object.keys(design) as (keyof Design)[]).filter((key) => design[key] !== defaultDesign[key]);
    expect(changed).toHaveLength(1);
    expect(Number(design[changed[0] as keyof Design])).toBeLessThan(Number(defaultDesign[changed[0] as keyof Design]));
  }
});

test('a drawn design comes down to the default and fewer processes, one change at a time', () => {
  let design: Design = {
    ...defaultDesign,
    storeMembers: 7,
    storeSpares: 2,
    heartbeatUs: 61_000,
    electionTicks: 8,
    leaseDurationUs: 4_400_000,
    renewDeadlineUs: 2_900_000,
    clientSessions: 16,
  };
  for (let next: Design | undefined = design; next !== undefined; next = simplerDesigns(design)[0]) {
    expect(designConflict(next)).toBeNull();
    design = next;
  }
  expect(design).toEqual({
    ...defaultDesign,
    storeMembers: 3,
    storeSpares: 0,
    apiServersPerRegion: 1,
    nodesPerRegion: 1,
    controllerReplicas: 1,
  });
});

/** Simpler designs for the shrinker: fewer processes first, then the usual values in place of drawn ones. */
import { defaultDesign, type Design } from '../model/design.ts';
import { designConflict } from './load/design-conflict.ts';

/** Values by which a system has fewer processes, the smallest first. */
const fewer: Partial<Record<keyof Design, readonly number[]>> = {
  storeSpares: [0, 1],
  storeMembers: [3, 5],
  apiServersPerRegion: [1],
  nodesPerRegion: [1, 2],
  controllerReplicas: [1, 2],
};

/** Values that are only safe in combination. */
const together: readonly (readonly (keyof Design)[])[] = [
  ['leaseDurationUs', 'renewDeadlineUs', 'leaseRetryUs'],
  ['heartbeatUs', 'electionTicks'],
];

/** Each a single change, of which nothing makes the system larger or breaks a rule between values. */
export function simplerDesigns(design: Design): readonly Design[] {
  const changes: Partial<Design>[] = [];
  for (const [key, values] of Object.entries(fewer) as [keyof Design, readonly number[]][]) {
    for (const value of values) if (value < (design[key] as number)) changes.push({ [key]: value });
  }
  changes.push(...together.map((keys) => defaultsOf(keys)));
  const alone = (Object.keys(defaultDesign) as (keyof Design)[]).filter(
    (key) => !(key in fewer) && !together.some((keys) => keys.includes(key)),
  );
  changes.push(...alone.map((key) => defaultsOf([key])));
  return changes
    .map((change): Design => ({ ...design, ...change }))
    .filter((next) => differs(next, design) && designConflict(next) === null);
}

function defaultsOf(keys: readonly (keyof Design)[]): Partial<Design> {
  return Object.fromEntries(keys.map((key) => [key, defaultDesign[key]]));
}

function differs(a: Design, b: Design): boolean {
  return (Object.keys(a) as (keyof Design)[]).some((key) => a[key] !== b[key]);
}

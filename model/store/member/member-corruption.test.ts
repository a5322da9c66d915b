import { expect, test } from 'vitest';
import { ms, type Boundary, type Property } from '../../../sim/index.ts';
import { entryResultBoundary, type EntryResult } from './entry-result.ts';
import { corruptionCheckedBoundary, type CorruptionChecked } from './member-corruption.ts';
import { finish, storeWorld } from '../testing/world.ts';

interface Seen {
  readonly checks: CorruptionChecked[];
  readonly codes: string[];
}

/** Notes checks, and what commands are answered from the first alarm on. */
function note({ checks, codes }: Seen): Property {
  return {
    id: 'test/checks',
    kind: 'sometimes',
    title: 'what was found',
    monitor: () => ({
      crossed(_process: unknown, what: Boundary, body: unknown) {
        if (what === (corruptionCheckedBoundary as Boundary)) checks.push(body as CorruptionChecked);
        if (what !== (entryResultBoundary as Boundary)) return;
        const { response } = body as EntryResult;
        if (response.kind === 'alarm' || codes.length > 0) codes.push(response.kind === 'error' ? response.code : response.kind);
      },
    }),
  };
}

function see(defects: readonly string[], seed: number): Seen {
  const seen: Seen = { checks: [], codes: [] };
  finish(storeWorld({ seed, defects, properties: [note(seen)], design: { corruptionCheckUs: ms(700) } }));
  return seen;
}

test('members of one mind are found sound, again and again, and no alarm is raised', () => {
  const { checks, codes } = see([], 1);
  expect(checks.filter(({ sound, corrupt }) => sound.length === 2 && corrupt.length === 0).length).toBeGreaterThan(5);
  expect(checks.some(({ corrupt }) => corrupt.length > 0)).toBe(false);
  expect(codes).toEqual([]);
});

test('a member that has gone its own way is found as soon as it has a hash to compare, and then nobody writes any more', () => {
  // One that has fallen behind by what it did not apply has none, and escapes the check for long: so it does in etcd.
  const found = Array.from({ length: 5 }, (_, seed) => see(['follower-skips-txn-reads'], seed)).filter(({ checks }) =>
    checks.some(({ corrupt }) => corrupt.length > 0),
  );
  expect(found.length).toBeGreaterThan(0);
  for (const { codes } of found) {
    expect(codes[0]).toBe('alarm');
    // The others hear of it a little later. Checkpoints of leases are taken all the same, as by etcd's `applierV3Corrupt`.
    expect([...new Set(codes.slice(-20))].filter((code) => !['alarm', 'ErrCorrupt', 'leaseCheckpoint'].includes(code))).toEqual(
      [],
    );
  }
});

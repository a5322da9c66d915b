import { describe, expect, test } from 'vitest';
import { LeaseTable } from '../machine/lease-table.ts';
import { Lessor } from './lessor.ts';

const seconds = 1_000_000;

function lessor(defects: readonly string[] = []) {
  const table = new LeaseTable();
  const primary = new Lessor(table, { defects: new Set(defects), expiredRetryUs: 3 * seconds });
  const grant = (id: number, ttlUs: number, nowUs: number): void => {
    table.grant(id, ttlUs);
    primary.granted(id, nowUs);
  };
  return { table, primary, grant };
}

describe('a lease', () => {
  test('never expires on a member that is not primary', () => {
    const { primary, grant } = lessor();
    grant(1, 2 * seconds, 0);
    expect(primary.expired(100 * seconds, 10)).toEqual([]);
    expect(primary.renew(1, 0).outcome).toBe('not-primary');
    expect(primary.remainingUs(1, 0)).toBe(Infinity);
  });

  test('expires a TTL after its last renewal', () => {
    const { primary, grant } = lessor();
    primary.promote(0, 0);
    grant(1, 2 * seconds, 0);
    expect(primary.expired(1 * seconds, 10)).toEqual([]);
    expect(primary.renew(1, 1 * seconds)).toEqual({ outcome: 'renewed', ttlUs: 2 * seconds });
    expect(primary.expired(3 * seconds - 1, 10)).toEqual([]);
    expect(primary.expired(3 * seconds, 10)).toEqual([1]);
    expect(primary.renew(1, 3 * seconds).outcome).toBe('expired');
    expect(primary.renew(9, 3 * seconds).outcome).toBe('not-found');
  });

  test('is reported again, after a while, until it is revoked', () => {
    const { table, primary, grant } = lessor();
    primary.promote(0, 0);
    grant(1, 2 * seconds, 0);
    expect(primary.expired(2 * seconds, 10)).toEqual([1]);
    expect(primary.expired(4 * seconds, 10)).toEqual([]);
    expect(primary.expired(5 * seconds, 10)).toEqual([1]);
    table.remove(1);
    expect(primary.expired(8 * seconds, 10)).toEqual([]);
  });

  test('granted later but shorter is not overlooked', () => {
    const { primary, grant } = lessor();
    primary.promote(0, 0);
    grant(1, 9 * seconds, 0);
    expect(primary.expired(1 * seconds, 10)).toEqual([]);
    grant(2, 2 * seconds, 1 * seconds);
    expect(primary.expired(3 * seconds, 10)).toEqual([2]);
  });

  test('waits its turn when more have expired than a scan may report', () => {
    const { primary, grant } = lessor();
    primary.promote(0, 0);
    for (const id of [3, 1, 2]) grant(id, id === 3 ? seconds : 2 * seconds, 0);
    expect(primary.expired(2 * seconds, 2)).toEqual([3, 1]);
    expect(primary.expired(2 * seconds, 2)).toEqual([2]);
  });

  test('is extended by a change of leader, from its checkpoint if it has one', () => {
    const { table, primary } = lessor();
    table.grant(1, 10 * seconds);
    table.grant(2, 10 * seconds);
    table.checkpoint(2, 4 * seconds);
    primary.promote(100 * seconds, 1 * seconds);
    expect(primary.remainingUs(1, 100 * seconds)).toBe(11 * seconds);
    expect(primary.remainingUs(2, 100 * seconds)).toBe(5 * seconds);
  });
});

describe('what is left of a long lease', () => {
  function noting({
    checkpointUs = 3 * seconds,
    defects = [],
  }: { readonly checkpointUs?: number; readonly defects?: readonly string[] } = {}) {
    const table = new LeaseTable();
    const primary = new Lessor(table, { defects: new Set(defects), checkpointUs });
    const note = (nowUs: number): readonly { readonly id: number; readonly remainingTtlUs: number }[] => {
      const due = primary.takeCheckpointsDue(nowUs);
      for (const checkpoint of due) {
        table.checkpoint(checkpoint.id, checkpoint.remainingTtlUs);
        primary.checkpointed(checkpoint, nowUs);
      }
      return due;
    };
    return { table, primary, note };
  }

  /** A primary with one lease of nine seconds, just granted. */
  function holding() {
    const { table, primary } = noting();
    primary.promote(0, 0);
    table.grant(1, 9 * seconds);
    primary.granted(1, 0);
    return { table, primary };
  }

  test('is noted at intervals, in whole seconds, as long as it is more than one interval', () => {
    const { table, primary, note } = noting();
    primary.promote(0, 0);
    for (const id of [1, 2]) {
      table.grant(id, id * 3 * seconds + 1);
      primary.granted(id, 0);
    }
    table.grant(3, 3 * seconds);
    primary.granted(3, 0);
    expect(note(3 * seconds - 1)).toEqual([]);
    expect(note(3 * seconds)).toEqual([
      { id: 1, remainingTtlUs: seconds },
      { id: 2, remainingTtlUs: 4 * seconds },
    ]);
    expect(note(6 * seconds)).toEqual([{ id: 2, remainingTtlUs: seconds }]);
    expect(note(9 * seconds)).toEqual([]);
  });

  test('is looked at again when it is all of it, rounded up', () => {
    const { table, primary, note } = noting({ checkpointUs: seconds / 5 });
    primary.promote(0, 0);
    table.grant(1, 2.7 * seconds);
    primary.granted(1, 0);
    const noted = [1, 2, 3, 4].map((fifths) => note((fifths * seconds) / 5));
    expect(noted).toEqual([[], [], [], [{ id: 1, remainingTtlUs: 2 * seconds }]]);
  });

  test('must be taken back before a renewal counts', () => {
    const { table, primary } = holding();
    table.checkpoint(1, 6 * seconds);
    expect(primary.renew(1, 4 * seconds).outcome).toBe('checkpointed');
    table.checkpoint(1, 0);
    primary.takenBack(1, true);
    expect(primary.renew(1, 4 * seconds).outcome).toBe('renewed');
  });

  test('must be taken back as well while it is being noted', () => {
    const { primary } = holding();
    primary.takeCheckpointsDue(4 * seconds);
    expect(primary.renew(1, 4 * seconds).outcome).toBe('checkpointed');
    primary.checkpointed({ id: 1, remainingTtlUs: 5 * seconds }, 5 * seconds);
    expect(primary.renew(1, 5 * seconds).outcome).toBe('renewed');
  });

  test('is not noted while a renewal takes back what was', () => {
    const { primary } = holding();
    expect(primary.takeCheckpointsDue(4 * seconds)).toHaveLength(1);
    expect(primary.renew(1, 4 * seconds).outcome).toBe('checkpointed');
    expect(primary.renew(1, 4 * seconds).outcome).toBe('checkpointed');
    // What was noted is applied, and another would be due long ago.
    primary.checkpointed({ id: 1, remainingTtlUs: 5 * seconds }, 4 * seconds);
    expect(primary.takeCheckpointsDue(8 * seconds)).toEqual([]);
    primary.takenBack(1, true);
    expect(primary.takeCheckpointsDue(8 * seconds)).toEqual([]);
    primary.takenBack(1, false);
    expect(primary.takeCheckpointsDue(8 * seconds)).toEqual([{ id: 1, remainingTtlUs: seconds }]);
  });

  test('may be renewed although what was noted never came to be applied', () => {
    const { primary } = holding();
    primary.takeCheckpointsDue(4 * seconds);
    expect(primary.renew(1, 4 * seconds).outcome).toBe('checkpointed');
    primary.takenBack(1, true);
    expect(primary.renew(1, 5 * seconds).outcome).toBe('renewed');
  });

  test('runs out although leaders change more often than it is long, but not under checkpoints-lost-on-promotion', () => {
    const lives = (defects: readonly string[]): boolean => {
      const { table, primary, note } = noting({ defects });
      table.grant(1, 9 * seconds);
      for (let nowUs = 0; nowUs < 60 * seconds; nowUs += seconds / 2) {
        if (nowUs % (5 * seconds) === 0) {
          primary.demote();
          primary.promote(nowUs, seconds);
        }
        note(nowUs);
        if (primary.expired(nowUs, 1).length > 0) return false;
      }
      return true;
    };
    expect(lives([])).toBe(false);
    expect(lives(['checkpoints-lost-on-promotion'])).toBe(true);
  });
});

describe('a promotion with very many leases', () => {
  test('lets only so many end in any second', () => {
    const table = new LeaseTable();
    const primary = new Lessor(table, { revokesPerSecond: 100 });
    for (let id = 1; id <= 400; id++) table.grant(id, 2 * seconds);
    primary.promote(0, seconds);
    const perSecond = new Map<number, number>();
    for (let id = 1; id <= 400; id++) {
      const second = Math.floor(primary.remainingUs(id, 0) / seconds);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(76);
    expect(Math.min(...perSecond.keys())).toBe(3);
  });

  test('leaves the leases alone when they are few', () => {
    const table = new LeaseTable();
    const primary = new Lessor(table, { revokesPerSecond: 100 });
    for (let id = 1; id < 100; id++) table.grant(id, 2 * seconds);
    primary.promote(0, seconds);
    expect(primary.remainingUs(99, 0)).toBe(3 * seconds);
  });
});

describe('a member that leads again', () => {
  const leadTwice = (defects: readonly string[]) => {
    const { primary, grant } = lessor(defects);
    primary.promote(0, 0);
    grant(1, 10 * seconds, 0);
    primary.demote();
    primary.promote(9 * seconds, 0);
    return primary.expired(10 * seconds, 10);
  };

  test('gives every lease its full time', () => {
    expect(leadTwice([])).toEqual([]);
  });

  test('ends a lease renewed elsewhere under lease-expires-early', () => {
    expect(leadTwice(['lease-expires-early'])).toEqual([1]);
  });
});

import { describe, expect, it } from 'vitest';
import { LeaseTable } from './lease-table.ts';
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
  it('never expires on a member that is not primary', () => {
    const { primary, grant } = lessor();
    grant(1, 2 * seconds, 0);
    expect(primary.expired(100 * seconds, 10)).toEqual([]);
    expect(primary.renew(1, 0).outcome).toBe('not-primary');
    expect(primary.remainingUs(1, 0)).toBe(Infinity);
  });

  it('expires a TTL after its last renewal', () => {
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

  it('is reported again, after a while, until it is revoked', () => {
    const { table, primary, grant } = lessor();
    primary.promote(0, 0);
    grant(1, 2 * seconds, 0);
    expect(primary.expired(2 * seconds, 10)).toEqual([1]);
    expect(primary.expired(4 * seconds, 10)).toEqual([]);
    expect(primary.expired(5 * seconds, 10)).toEqual([1]);
    table.remove(1);
    expect(primary.expired(8 * seconds, 10)).toEqual([]);
  });

  it('granted later but shorter is not overlooked', () => {
    const { primary, grant } = lessor();
    primary.promote(0, 0);
    grant(1, 9 * seconds, 0);
    expect(primary.expired(1 * seconds, 10)).toEqual([]);
    grant(2, 2 * seconds, 1 * seconds);
    expect(primary.expired(3 * seconds, 10)).toEqual([2]);
  });

  it('waits its turn when more have expired than a scan may report', () => {
    const { primary, grant } = lessor();
    primary.promote(0, 0);
    for (const id of [3, 1, 2]) grant(id, id === 3 ? seconds : 2 * seconds, 0);
    expect(primary.expired(2 * seconds, 2)).toEqual([3, 1]);
    expect(primary.expired(2 * seconds, 2)).toEqual([2]);
  });

  it('is extended by a change of leader, from its checkpoint if it has one', () => {
    const { table, primary } = lessor();
    table.grant(1, 10 * seconds);
    table.grant(2, 10 * seconds);
    table.checkpoint(2, 4 * seconds);
    primary.promote(100 * seconds, 1 * seconds);
    expect(primary.remainingUs(1, 100 * seconds)).toBe(11 * seconds);
    expect(primary.remainingUs(2, 100 * seconds)).toBe(5 * seconds);
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

  it('gives every lease its full time', () => {
    expect(leadTwice([])).toEqual([]);
  });

  it('ends a lease renewed elsewhere under lease-expires-early', () => {
    expect(leadTwice(['lease-expires-early'])).toEqual([1]);
  });
});

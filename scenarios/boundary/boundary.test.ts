import { describe, expect, test } from 'vitest';
import { brokenClaims, measure } from './measure.ts';

describe('a class on the side where it does not belong breaks a claim when regions are cut off', () => {
  test('leadership outside: authority is split', () => {
    expect(brokenClaims('leadership', 'outside')).toContain('platform/single-active');
  });

  test('desired state outside: acknowledged writes are lost', () => {
    expect(brokenClaims('desired-state', 'outside')).toContain('platform/no-lost-write');
  });

  test('membership outside: what controllers see goes back', () => {
    expect(brokenClaims('membership', 'outside')).toContain('platform/ordered-observation');
  });

  test('where all is where it belongs nothing breaks', () => {
    expect(brokenClaims('leadership', 'consensus')).toEqual([]);
  });
});

describe('observations and payloads in consensus cost what all others pay for', () => {
  const usual = measure('request-logs', 'outside', false);

  test('log lines: entries, bytes and the state that a restart loads grow many times over', () => {
    const inside = measure('request-logs', 'consensus', false);
    expect(usual.outsideWrites).toBeGreaterThan(1_000);
    expect(inside.outsideWrites).toBe(0);
    expect(inside.entries / usual.entries).toBeGreaterThan(10);
    expect(inside.stateBytes / usual.stateBytes).toBeGreaterThan(10);
    expect(inside.meanWriteUs).toBeGreaterThan(usual.meanWriteUs);
  });

  test('images: the log carries them, and state grows by all that was ever pushed', () => {
    const inside = measure('images-and-manifests', 'consensus', false);
    expect(inside.entryBytes / usual.entryBytes).toBeGreaterThan(10);
    expect(inside.stateBytes / usual.stateBytes).toBeGreaterThan(10);
  });

  test('status: its churn becomes most of what the log carries', () => {
    const inside = measure('status-blobs', 'consensus', false);
    expect(inside.entries / usual.entries).toBeGreaterThan(1.25);
    expect(inside.entryBytes / usual.entryBytes).toBeGreaterThan(3);
  });
});

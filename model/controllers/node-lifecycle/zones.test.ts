import { expect, test } from 'vitest';
import { ms } from '../../../sim/index.ts';
import { evictionIntervalUs, isBlind, zoneState, type ZoneCount } from './zones.ts';

const zone = (ready: number, notReady: number): ZoneCount => ({ ready, notReady });

test.each([
  [zone(0, 0), 'normal'],
  [zone(1, 1), 'normal'],
  [zone(1, 2), 'normal'],
  [zone(2, 3), 'partial'],
  [zone(3, 3), 'normal'],
  [zone(9, 11), 'partial'],
  [zone(0, 1), 'full'],
  [zone(0, 500), 'full'],
])('a zone with %j is %s', (count, state) => {
  expect(zoneState(count)).toBe(state);
});

test('whoever sees no ready node in any zone suspects itself; one ready node anywhere says that it can see', () => {
  expect(isBlind([zone(0, 500), zone(0, 500)])).toBe(true);
  // k8s#32510: 499 of 500 were evicted, 500 of 500 were not.
  expect(isBlind([zone(0, 500), zone(1, 499)])).toBe(false);
  expect(isBlind([])).toBe(false);
});

test('a small zone that is mostly gone loses nothing more, a large one slowly, one that is down as a whole at the usual rate', () => {
  expect(evictionIntervalUs(zone(5, 1), ms(500))).toBe(ms(500));
  expect(evictionIntervalUs(zone(2, 8), ms(500))).toBeNull();
  expect(evictionIntervalUs(zone(20, 80), ms(500))).toBe(ms(5_000));
  expect(evictionIntervalUs(zone(0, 8), ms(500))).toBe(ms(500));
});

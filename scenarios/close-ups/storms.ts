/**
 * Storms that are about one thing in every seed. `store-storm` draws one theme of many, so that what only one of them shows, and
 * not in every seed, takes hundreds of seeds there.
 */
import { defineStorm } from '../store-storm/define-storm.ts';
import { themeCalled } from '../store-storm/themes.ts';
import type { Scenario } from '../define-scenario.ts';

export const storms: readonly Scenario[] = [
  stormOf('coups', 'a store whose leaders are overthrown before they have committed much'),
  stormOf('echoes', 'a store that is read from while the answers to earlier reads are late'),
  stormOf('stale-read-leases', 'a store whose leader reads by a lease that nobody renews'),
  stormOf('deaf-leaders', 'a store whose leaders hand over, and hear late what came of it'),
  stormOf('relapses', 'a store with a slow member that gets snapshots while it rewrites its backend'),
  stormOf('absences', 'a store that members join while another one is away'),
  stormOf('migrations', 'a store that is moved to pre-vote by restarts'),
  stormOf('sleepers', 'a store whose lock holders sleep for longer than their leases last'),
];

function stormOf(name: string, title: string): Scenario {
  const theme = themeCalled(name);
  return defineStorm({ name: `storm-of-${name}`, title, themeOf: () => theme });
}

/**
 * Every defect of consensus and the store that hunts find more often than not, in one configuration that knows none of them. The
 * seeds are tried first in which it is seen early and by which it was found when it was measured
 * (scenarios/hunt/measured-hunts.json), and, since a change of the model moves them, many more from 1 on. All have worlds or
 * scripts of their own beside (model/raft, model/properties).
 */
import { describe, expect, test } from 'vitest';
import { createRun } from '../../sim/index.ts';
import { storeStorm } from '../catalogue/store-storm.ts';
import { defectRun, isCaught } from '../defect-run.ts';
import { defects } from '../defects.ts';
import { measuredHunt } from '../hunt/measured-hunts.ts';
import { plan, runSpec } from '../run-spec.ts';
import { isOfStore, shownIn } from '../shown-in.ts';
import { seedsToTry } from '../testing/seeds-to-try.ts';
import { shortFailures } from '../testing/short-failures.ts';

/** Tried when the model is another one than that which was measured. */
const MORE_SEEDS = 250;

function measuredSeeds(id: string): readonly number[] {
  return (measuredHunt(id)?.finds ?? []).filter(({ scenario }) => scenario === storeStorm.name).map(({ seed }) => seed);
}

function knownSeeds(id: string): readonly number[] {
  const short = shortFailures[id];
  return short === undefined ? measuredSeeds(id) : [short, ...measuredSeeds(id)];
}

/** Those whose own property is known to see them there: the others are caught by scripts. */
const shown = defects.filter((defect) => isOfStore(defect) && knownSeeds(defect.id).length > 0);

const healthy = new Map<number, string>();

/** What all properties say of the seed when no defect is on. */
function healthyOutcome(seed: number): string {
  let outcome = healthy.get(seed);
  if (outcome === undefined) {
    const run = createRun(runSpec(storeStorm, plan({ scenario: storeStorm, seed })));
    run.advance();
    outcome = `${run.verdict} ${run.violation?.property ?? ''} ${run.violation?.message ?? run.failure?.message ?? ''}`.trim();
    healthy.set(seed, outcome);
  }
  return outcome;
}

describe('each defect breaks its property in the storm, and the healthy store passes the same seeds', () => {
  test.each(shown)('$id: $property', (defect) => {
    const pair = shownIn(defect);
    let caught: number | null = null;
    for (const seed of seedsToTry(knownSeeds(defect.id), MORE_SEEDS)) {
      expect(`${seed}: ${healthyOutcome(seed)}`).toBe(`${seed}: ok`);
      if (!isCaught(pair, seed)) continue;
      caught = seed;
      break;
    }
    expect(caught).not.toBeNull();
    // What is seen step by step is seen from scratch as well.
    const run = defectRun(pair, caught ?? 0, true, true);
    run.advance();
    for (const { property, judged, broken } of run.fullChecks())
      if (judged) expect(`${property}: ${broken === null ? 'holds' : 'is broken'}`).toBe(`${property}: is broken`);
  });
});

/** Companions: scenarios whose faults strike a swarm's platform in addition to those of the scenario that was drawn. */
import type { Design } from '../../model/design.ts';
import { seconds, type Fault, type Micros, type Stream } from '../../sim/index.ts';
import type { Scenario } from '../define-scenario.ts';
import { plan } from '../run-spec.ts';

/** Scenarios that heal later than this are no companions: the run would take too long. */
const LATEST_HEAL_US: Micros = seconds(24);
/** A seed of its own for each, so that two that draw alike do not strike at the same moments. */
const SEEDS = 2 ** 31;

/**
 * Drawn from the scenarios whose faults can strike any platform: those that bring no processes,
 * topology or properties of their own.
 */
export function drawCompanions(stream: Stream, scenario: Scenario, all: readonly Scenario[]): readonly Companion[] {
  const possible = all.filter(
    ({ name, build, topology, properties, faults, healAtUs }) =>
      name !== scenario.name &&
      build === undefined &&
      topology === undefined &&
      properties === undefined &&
      faults !== undefined &&
      healAtUs <= LATEST_HEAL_US,
  );
  const count = stream.pick([0, 0, 1, 1, 2]);
  return stream
    .shuffle(possible)
    .slice(0, count)
    .map((companion) => ({ scenario: companion, seed: stream.below(SEEDS) }));
}

export interface Companion {
  readonly scenario: Scenario;
  readonly seed: number;
}

/** Its design values if they are fixed: drawn ones are meant for a platform of its own. */
export function designOf({ scenario: { design = {} } }: Companion): Partial<Design> {
  return typeof design === 'function' ? {} : design;
}

/** The faults that strike a platform of that design. */
export function faultsOf({ scenario, seed }: Companion, design: Design): readonly Fault[] {
  return plan({ scenario, seed, design }).faults;
}

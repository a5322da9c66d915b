/** One run in which a defect's own property is the only judge, and the first seed in which that property sees it. */
import type { Defect } from '../model/defect.ts';
import type { Design } from '../model/design.ts';
import { OVERLOAD_OVER_US } from '../model/properties/platform/api/signs-of-life-first.ts';
import { availabilityBoundUs } from '../model/properties/raft/availability.ts';
import { createRun, ms, seconds, type Micros, type Run } from '../sim/index.ts';
import type { Scenario } from './define-scenario.ts';
import { plan, runSpec, type Plan } from './run-spec.ts';

/** Without the long time for goals where none is judged. */
const AFTER_HEAL_US: Micros = seconds(3);

/** A defect, and a scenario in which its property may see it. */
export interface DefectInScenario {
  readonly scenario: Scenario;
  readonly defect: Defect;
  /** How a seed becomes a plan: the scenario's own when absent. */
  readonly draw?: typeof plan;
}

/** A run of one seed that only the defect's own property judges; with the defect on, or off. */
export function defectRun(
  { scenario, defect, draw = plan }: DefectInScenario,
  seed: number,
  isOn: boolean,
  keepEvidence = false,
): Run {
  const drawn = draw({ scenario, seed, design: defect.needs ?? {}, defects: isOn ? [defect.id] : [] });
  const spec = runSpec(scenario, drawn);
  const properties = spec.properties.filter(({ id }) => id === defect.property);
  const [property] = properties;
  if (property === undefined) throw new RangeError(`${scenario.name} is not judged by ${defect.property}`);
  return createRun({
    ...spec,
    properties,
    endUs: property.kind === 'always' ? endOfSafety(property.id, drawn) : drawn.endUs,
    keepEvidence,
  });
}

/** What judges only when a bound has passed since the heal is waited for. */
export function endOfSafety(property: string, { design, healAtUs, endUs }: Plan): Micros {
  return Math.min(healAtUs + judgedAfterHealUs(property, design), endUs);
}

function judgedAfterHealUs(property: string, design: Design): Micros {
  switch (property) {
    case 'raft/availability':
      return availabilityBoundUs(design) + ms(10);
    case 'platform/signs-of-life-first':
      return OVERLOAD_OVER_US;
    default:
      return AFTER_HEAL_US;
  }
}

/** The property sees the defect in a run of this seed. */
export function isCaught(pair: DefectInScenario, seed: number): boolean {
  const run = defectRun(pair, seed, true);
  run.advance();
  return run.violation?.property === pair.defect.property;
}

/** The first seed from `first` on in which the defect is caught, out of `most`; null when it is in none. */
export function firstCaught(pair: DefectInScenario, first: number, most: number): number | null {
  for (let seed = first; seed < first + most; seed++) if (isCaught(pair, seed)) return seed;
  return null;
}

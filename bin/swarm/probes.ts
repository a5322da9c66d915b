/**
 * Which probes a swarm is asked for: those of the scenarios that it ran. What only a storm can show,
 * nobody misses where there was none.
 */
import { UsageError } from '../exit-status.ts';

/** Scenarios that have the same probes, and these. */
export interface ProbeGroup {
  readonly scenarios: readonly string[];
  readonly probes: readonly string[];
}

export interface AskedProbes {
  /** Those that the swarm could have met with. */
  readonly known: readonly string[];
  /** Those whose absence is a failure. */
  readonly required: readonly string[];
}

/** In place of names: whatever could be expected of the runs that were made. */
const ALL_PROBES = 'all';
/** So many runs of scenarios that have a probe should bring it about; that fewer did not says nothing. */
export const ENOUGH_RUNS = 50;

export function groupProbes(byScenario: ReadonlyMap<string, readonly string[]>): ProbeGroup[] {
  const groups = new Map<string, { scenarios: string[]; probes: readonly string[] }>();
  for (const [scenario, probes] of byScenario) {
    const key = probes.join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { scenarios: [scenario], probes });
    else group.scenarios.push(scenario);
  }
  return [...groups.values()];
}

/** `runsOf` tells how often each scenario ran; `required` are names, or the word for all. */
export function askedProbes(
  groups: readonly ProbeGroup[],
  runsOf: ReadonlyMap<string, number>,
  required: readonly string[],
): AskedProbes {
  const named = required.filter((probe) => probe !== ALL_PROBES);
  const runs = new Map<string, number>(named.map((probe) => [probe, 0]));
  for (const { scenarios, probes } of groups) {
    const made = scenarios.reduce((sum, scenario) => sum + (runsOf.get(scenario) ?? 0), 0);
    if (made > 0) for (const probe of probes) runs.set(probe, (runs.get(probe) ?? 0) + made);
  }
  const known = [...runs.keys()];
  const isAsked = (probe: string): boolean =>
    named.includes(probe) || (required.includes(ALL_PROBES) && (runs.get(probe) ?? 0) >= ENOUGH_RUNS);
  return { known, required: known.filter(isAsked) };
}

/** Throws a UsageError when none of the scenarios has a probe of that name. */
export async function checkRequired(required: readonly string[], groups: readonly ProbeGroup[]): Promise<void> {
  const known = [...new Set(groups.flatMap(({ probes }) => probes))];
  const strange = required.find((probe) => probe !== ALL_PROBES && !known.includes(probe));
  if (strange === undefined) return;
  const { unknownName } = await import('../../scenarios/nearest.ts');
  throw new UsageError(`--require: ${unknownName('probe', strange, known)} (quorate list properties)`);
}

/** The design review's table: its fault rows against its invariants, as a swarm filled it. */
import { defaultDesign } from '../../model/design.ts';
import type { Scenario } from '../../scenarios/define-scenario.ts';
import { propertiesOf } from '../../scenarios/run-spec.ts';
import type { SwarmTally } from '../../scenarios/swarm-result.ts';

/** The columns: each invariant of the design review, by the property that holds it. */
export interface Invariant {
  readonly property: string;
  readonly heading: string;
}

export const invariants: readonly Invariant[] = [
  { property: 'platform/single-active', heading: 'single active' },
  { property: 'platform/no-lost-write', heading: 'no lost write' },
  { property: 'platform/ordered-observation', heading: 'ordered' },
  { property: 'platform/no-stale-side-effects', heading: 'no stale effect' },
  { property: 'platform/safe-replay', heading: 'safe replay' },
  { property: 'platform/quorum-loss', heading: 'quorum loss' },
];

/** The table as lines. A cell says how many of the row's runs broke the invariant, – that none was judged by it; the row's own is marked. */
export function briefTable(scenarios: readonly Scenario[], tally: SwarmTally): string[] {
  const headings = ['fault', 'runs', ...invariants.map(({ heading }) => heading), 'other'];
  const known = new Set(invariants.map(({ property }) => property));
  const rows = scenarios.map((scenario) => {
    const own = tally.byScenario.get(scenario.name);
    const judged = new Set(propertiesOf(scenario, defaultDesign).map(({ id }) => id));
    const cells = invariants.map(({ property }) => {
      const broken = own?.failed.get(property)?.length ?? 0;
      const mark = scenario.challenges === property ? '*' : '';
      if (own === undefined || !judged.has(property)) return `–${mark}`;
      return broken === 0 ? `ok${mark}` : `BROKEN ${broken}${mark}`;
    });
    let other = 0;
    for (const [property, failures] of own?.failed ?? []) if (!known.has(property)) other += failures.length;
    return [scenario.name, String(own?.runs ?? 0), ...cells, other === 0 ? 'ok' : `BROKEN ${other}`];
  });
  return [...align([headings, ...rows]), '', '* the invariant that this fault is meant to challenge', '– not judged in this scenario'];
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)];
}

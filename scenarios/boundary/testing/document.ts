/**
 * What docs/boundary.md says, for tests to hold the simulation against. Where it says otherwise,
 * `npm run boundary-table -- --write` puts it right.
 */
import type { Side, StateClassId } from '../../../model/api/state-classes.ts';
import { COST_CELLS, rowStart } from '../table.ts';

/** What stands behind class and side. */
export function documented(text: string, id: StateClassId, side: Side): { readonly costs: string; readonly trial: string } {
  const start = rowStart(id, side);
  const row = text.split('\n').find((line) => line.startsWith(start)) ?? '';
  const cells = row
    .slice(start.length, -1)
    .split('|')
    .map((cell) => cell.trim());
  return { costs: cells.slice(0, COST_CELLS).join(' | '), trial: cells.slice(COST_CELLS).join(' | ') };
}

/** The claims that are not asked for where a class stands on its other side. */
export function documentedUnjudged(text: string, id: StateClassId): readonly string[] {
  const start = `- \`${id}\`: `;
  const line = text.split('\n').find((each) => each.startsWith(start)) ?? '';
  return [...line.slice(start.length).matchAll(/`([a-z-]+)`/g)].map(([, name]) => name as string);
}

/** The design review's table of faults and invariants, in words. */
import { invariants } from '../../scenarios/review/invariants.ts';
import type { MatrixRow } from '../../scenarios/review/matrix.ts';
import { inColumns } from './columns.ts';

/** A cell says how many of the row's runs broke the invariant, – that none was judged by it; the row's own is marked. */
export function matrixLines(rows: readonly MatrixRow[]): readonly string[] {
  const headings = ['fault', 'runs', ...invariants.map(({ heading }) => heading), 'other'];
  const cells = rows.map(({ scenario, runs, cells: own, otherwiseBroken }) => [
    scenario,
    String(runs),
    ...own.map(({ isJudged, isChallenged, broken }) => `${isJudged ? verdictOf(broken) : '–'}${isChallenged ? '*' : ''}`),
    verdictOf(otherwiseBroken),
  ]);
  return [
    ...inColumns([headings, ...cells], ['left', 'right', ...headings.slice(2).map(() => 'left' as const)], 'ruled'),
    '',
    '* the invariant that this fault is meant to challenge',
    '– not judged in this scenario',
  ];
}

function verdictOf(broken: number): string {
  return broken === 0 ? 'ok' : `BROKEN ${broken}`;
}

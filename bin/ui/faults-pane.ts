/** The plan of faults: what is over, what strikes now, what is still to come. */
import { describeFault, formatTime, type Fault } from '../../sim/index.ts';
import { line, span, type Line, type Span } from './line.ts';
import { tidyTimes, type Model } from './model.ts';
import type { ViewState } from './view-state.ts';

/** How a planned fault stands at an event. */
export type Stage = 'coming' | 'active' | 'over';

const STAGE: Readonly<Record<Stage, Span>> = {
  coming: { text: '·', dim: true },
  active: { text: '◆', colour: 'yellowBright', bold: true },
  over: { text: '◇', dim: true },
};

export function faultsPane(state: ViewState, model: Model, _width: number, rows: number): readonly Line[] {
  const { faults } = model.survey.spec;
  if (faults.length === 0) return [line('No faults are planned.', { dim: true })];
  const chosen = state.pane === 'faults' ? state.rowsDown.faults : -1;
  const around =
    chosen >= 0
      ? chosen
      : Math.max(
          0,
          faults.findIndex((fault) => stageOf(model, fault, state.cursor) !== 'over'),
        );
  const first = Math.max(0, Math.min(around - (rows >> 1), faults.length - rows));
  return faults.slice(first, first + rows).map((fault, at): Line => {
    const stage = stageOf(model, fault, state.cursor);
    return [
      STAGE[stage],
      span(`${first + at === chosen ? '►' : ' '}${tidyTimes(formatTime(fault.at))}`, { dim: true }),
      span(` ${tidyTimes(describeFault(fault))}`, { inverse: first + at === chosen, dim: stage === 'over' }),
    ];
  });
}

export function stageOf({ survey }: Model, fault: Fault, event: number): Stage {
  const span = survey.faults.find((candidate) => candidate.fault === fault);
  if (span === undefined || event < span.first) return 'coming';
  return span.last === null || event < span.last ? 'active' : event === span.first ? 'active' : 'over';
}

/** The plan of faults: what is over, what strikes now, what is still to come. */
import { describeFault, formatTime, type Fault } from '../../sim/index.ts';
import { tidyTimes } from './duration.ts';
import { line, span, type Line, type Span } from './line.ts';
import type { Model } from './model.ts';
import { signsOf, type Sign } from './sign.ts';
import { strikeWords } from './strike.ts';
import { isActive } from './survey.ts';
import type { ViewState } from './view-state.ts';

/** How a planned fault stands at an event. */
export type Stage = 'coming' | 'active' | 'over';

const STAGE: Readonly<Record<Stage, Span>> = {
  coming: { text: '·', dim: true },
  active: { text: '◆', colour: 'yellowBright', bold: true },
  over: { text: '◇', dim: true },
};

export const stageSigns: readonly Sign[] = signsOf(STAGE, {
  coming: 'to come',
  active: 'strikes now',
  over: 'over, or strikes nobody',
});

export function faultsPane(state: ViewState, model: Model, _width: number, rows: number): readonly Line[] {
  const { plan: faults } = model.survey;
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
      span(` ${faultWords(model, fault, state.cursor)}`, { inverse: first + at === chosen, dim: stage === 'over' }),
    ];
  });
}

export function stageOf({ survey }: Model, fault: Fault, event: number): Stage {
  const begun = survey.faults.find((candidate) => candidate.fault === fault);
  if (begun === undefined || event < begun.first) return 'coming';
  // What happens at once is seen at its event.
  return isActive(begun, event) || (event === begun.first && begun.struck.length > 0) ? 'active' : 'over';
}

/** What a planned fault does: to whom, once that is known. */
export function faultWords({ survey }: Model, fault: Fault, event: number): string {
  const begun = survey.faults.find((candidate) => candidate.fault === fault);
  return begun === undefined || event < begun.first ? tidyTimes(describeFault(fault)) : strikeWords(begun);
}

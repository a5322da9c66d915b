/** The lines above the panes: what run this is, where in it the reader stands, and the whole of it at one sight. */
import { formatTime } from '../../sim/index.ts';
import { tidyTimes } from './duration.ts';
import { justify, span, type Line, type Span } from './line.ts';
import type { Model } from './model.ts';
import { signsOf, type Sign } from './sign.ts';
import { isActive } from './survey.ts';
import type { ViewState } from './view-state.ts';

type Mark = 'fault' | 'healed' | 'broken' | 'here';

/** What stands on the line of the whole run; what comes later here stands over what comes before. */
const MARK: Readonly<Record<Mark, Span>> = {
  fault: { text: '▒', colour: 'yellow' },
  healed: { text: '┼', colour: 'blueBright' },
  broken: { text: '✗', colour: 'magentaBright', bold: true },
  here: { text: '●', bold: true },
};

export const scrubberSigns: readonly Sign[] = signsOf(MARK, {
  fault: 'a fault weighs on somebody',
  healed: 'all faults are over',
  broken: 'here the run was decided against the system',
  here: 'the event looked at',
});

export function header(state: ViewState, model: Model, rows: number): readonly Line[] {
  const { columns } = state;
  if (rows <= 1) return [justify(position(state, model), verdict(model, state.cursor, true), columns)].slice(0, rows);
  return [
    justify(identity(model), [span(`digest ${model.details.digest(state.cursor)}`, { dim: true })], columns),
    justify(
      [...position(state, model), span('  '), ...phase(state, model)],
      verdict(model, state.cursor, columns < 100),
      columns,
    ),
    scrubber(state, model, columns),
  ].slice(0, rows);
}

function identity({ session }: Model): Line {
  const defects = session.defects.length === 0 ? [] : [span('  with '), span(session.defects.join(', '), { colour: 'yellow' })];
  // What is cut on a narrow screen are the defects, which the reader has switched on.
  const note = session.note === null ? [] : [span(`  ${session.note}`, { colour: 'magentaBright' })];
  return [span(session.scenario, { bold: true }), span(`  seed ${session.seed}`), ...note, ...defects];
}

function position({ cursor }: ViewState, { survey }: Model): Line {
  const last = survey.end === null ? '…' : String(survey.end.last);
  const timeUs = cursor === 0 ? 0 : survey.trace.timeOf(cursor);
  return [span(`event ${cursor}/${last}`, { bold: true }), span(`  ${formatTime(timeUs)}`)];
}

function phase({ cursor }: ViewState, { survey }: Model): Line {
  if (survey.healed > 0 && cursor >= survey.healed) return [span('healed', { colour: 'blueBright' })];
  const active = survey.faults.filter((fault) => isActive(fault, cursor)).length;
  if (active === 0) return [span('no fault now', { dim: true })];
  return [span(`${active} ${active === 1 ? 'fault' : 'faults'} now`, { colour: 'yellow' })];
}

function verdict({ survey }: Model, cursor: number, short: boolean): Line {
  const { end } = survey;
  if (end === null)
    return [span(`running ahead: ${formatTime(survey.nowUs)}, ${survey.trace.length} events`, { colour: 'cyan' })];
  if (end.verdict === 'ok') return [span('✓ ok', { colour: 'blueBright' })];
  const what =
    end.verdict === 'violation'
      ? (end.violation?.property ?? '')
      : end.verdict === 'stalled'
        ? `stalled: ${end.violation?.property ?? ''}`
        : 'crashed';
  const where = short || cursor === end.last ? '' : ` at event ${end.last}`;
  return [span(`✗ ${what}${where}`, { colour: 'magentaBright', bold: true })];
}

/** Time from left to right: faults as shade, the heal, the violation, and the place of the reader. */
function scrubber({ cursor }: ViewState, { survey }: Model, columns: number): Line {
  const endUs = survey.end === null ? survey.spec.endUs : Math.max(1, survey.trace.timeOf(survey.end.last));
  const from = '0 s ';
  const to = ` ${tidyTimes(`${(endUs / 1_000_000).toFixed(2)} s`)}`;
  const width = columns - from.length - to.length;
  if (width < 10) return [];
  const at = (timeUs: number): number => Math.max(0, Math.min(width - 1, Math.floor((timeUs / endUs) * width)));
  const cells: Span[] = Array.from({ length: width }, () => ({ text: '─', dim: true }));
  for (const { first, last, struck } of survey.faults) {
    if (struck.length === 0) continue;
    const upTo = at(survey.trace.timeOf(last ?? survey.trace.length));
    for (let x = at(survey.trace.timeOf(first)); x <= upTo; x++) cells[x] = MARK.fault;
  }
  if (survey.healed > 0) cells[at(survey.trace.timeOf(survey.healed))] = MARK.healed;
  if (survey.violationEvent > 0) cells[at(survey.trace.timeOf(survey.violationEvent))] = MARK.broken;
  cells[at(survey.trace.timeOf(cursor))] = MARK.here;
  return [span(from, { dim: true }), ...cells, span(to, { dim: true })];
}

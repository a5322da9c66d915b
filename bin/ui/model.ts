/** Everything that the screen is drawn from, beside what the reader has done. */
import type { Details } from './details.ts';
import { lanesOf, type Lane } from './lanes.ts';
import type { Survey } from './survey.ts';
import type { TraceEvent } from './trace.ts';

/** What is being stepped through. */
export interface Session {
  readonly scenario: string;
  readonly seed: number;
  readonly defects: readonly string[];
  /** The property that the scenario challenges, if any. */
  readonly challenges: string | null;
  /** What the reader has to know of where the run comes from; null when there is nothing to say. */
  readonly note: string | null;
  /** The command that shows this run again, standing at an event. */
  readonly reproduce: (event: number) => string;
}

export interface Model {
  readonly session: Session;
  readonly survey: Survey;
  readonly details: Details;
  readonly lanes: readonly Lane[];
}

export function createModel(session: Session, survey: Survey, details: Details): Model {
  return { session, survey, details, lanes: lanesOf(survey.processes) };
}

/** The name of a process by its position. */
export function processName(model: Model, process: number): string {
  return model.survey.processes[process]?.name ?? '';
}

/** What happened, as one line: `n1 → n2  ping 4`. */
export function sentence(model: Model, event: TraceEvent): string {
  const who = participants(model, event);
  if (who === '') return happening(event);
  return event.target < 0 ? `${happening(event)}  ${who}` : `${who}  ${happening(event)}`;
}

/** What happened, without names. */
export function happening({ words, outcome }: TraceEvent): string {
  return tidyTimes(words) + (outcome === 'handled' ? '' : ` (${outcome})`);
}

/**
 * To whom it happened: `n2`, or `n1 → n2`; of a fault that names a role `strikes n2`. Empty when it concerns no single process, or
 * its words say all.
 */
export function participants(model: Model, { number, source, target, kind }: TraceEvent): string {
  if (target < 0) return struckWords(model, number, kind);
  const name = processName(model, target);
  return source >= 0 && source !== target ? `${processName(model, source)} → ${name}` : name;
}

function struckWords({ survey }: Model, event: number, kind: string): string {
  const begins = kind === 'fault/begins';
  if (!begins && kind !== 'fault/ends') return '';
  const span = survey.faults.find(({ first, last }) => (begins ? first : last) === event);
  if (span === undefined) return '';
  const verb = begins ? 'strikes' : 'struck';
  if (span.struck.length === 0) return `${verb} nobody`;
  return span.players.length === 0 ? '' : `${verb} ${span.players.join(', ')}`;
}

/** Times in words without the zeros at their ends: `0.8 s` for `0.800000 s`. */
export function tidyTimes(words: string): string {
  return words.replace(
    /\b(\d+)\.(\d*?)0+ s\b/g,
    (_, whole: string, part: string) => `${whole}${part === '' ? '' : `.${part}`} s`,
  );
}

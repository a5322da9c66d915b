/** Everything that the screen is drawn from, beside what the reader has done. */
import type { Details } from './details.ts';
import { tidyTimes } from './duration.ts';
import { lanesOf, type Lane } from './lanes.ts';
import { strikeWords } from './strike.ts';
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
  return who === '' ? happening(model, event) : `${who}  ${happening(model, event)}`;
}

/** What happened, without names; of a fault that names a role, with the names of those whom it struck. */
export function happening(model: Model, { number, kind, words, outcome }: TraceEvent): string {
  return (struckWords(model, number, kind) ?? tidyTimes(words)) + (outcome === 'handled' ? '' : ` (${outcome})`);
}

/** To whom it happened: `n2`, or `n1 → n2`; empty when it concerns no single process. */
export function participants(model: Model, { source, target }: TraceEvent): string {
  if (target < 0) return '';
  const name = processName(model, target);
  return source >= 0 && source !== target ? `${processName(model, source)} → ${name}` : name;
}

function struckWords({ survey }: Model, event: number, kind: string): string | undefined {
  if (kind === 'fault/begins') {
    const begun = survey.faults.find(({ first }) => first === event);
    return begun && strikeWords(begun);
  }
  if (kind !== 'fault/ends') return undefined;
  const ended = survey.faults.find(({ last }) => last === event);
  return ended && ended.struck.length > 0 ? `over: ${strikeWords(ended)}` : undefined;
}

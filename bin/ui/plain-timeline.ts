/** The timeline as plain lines, for where there is no terminal. */
import { formatTime } from '../../sim/index.ts';
import { sentence, type Model } from './model.ts';

/** A head, a line for each event, the verdict. The survey must have come to its end. */
export function* plainTimeline(model: Model): Generator<string> {
  const { session, survey } = model;
  const { trace, end } = survey;
  const width = String(trace.length).length;
  const defects = session.defects.length === 0 ? '' : `, with ${session.defects.join(', ')}`;
  yield `${session.scenario}, seed ${session.seed}${defects}: ${trace.length} events`;
  for (let number = 1; number <= trace.length; number++) {
    const event = trace.event(number);
    const cause = event.cause === 0 ? '' : `  because of ${event.cause}`;
    yield `${String(number).padStart(width)}  ${formatTime(event.timeUs)}  ${sentence(model, event)}${cause}`;
  }
  if (end === null) return;
  const broken = end.failure ?? (end.violation === null ? '' : `${end.violation.property}: ${end.violation.message}`);
  yield `${end.verdict}${broken === '' ? '' : `: ${broken}`}`;
  yield `digest ${end.digest}`;
}

/** The same for programs: one document. */
export function timelineJson({ session, survey }: Model): object {
  const { trace, end, processes } = survey;
  const name = (process: number): string | null => processes[process]?.name ?? null;
  return {
    scenario: session.scenario,
    seed: session.seed,
    defects: session.defects,
    verdict: end?.verdict ?? null,
    violation: end?.violation ?? null,
    digest: end?.digest ?? null,
    events: Array.from({ length: trace.length }, (_, at) => {
      const { number, timeUs, source, target, kind, words, outcome, cause } = trace.event(at + 1);
      return {
        event: number,
        timeUs,
        source: name(source),
        target: name(target),
        kind,
        text: words,
        outcome,
        cause: cause === 0 ? null : cause,
      };
    }),
  };
}

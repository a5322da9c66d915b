/** The whole run at one sight: what the page's timeline is drawn from. */
import type { Verification } from '../../../replay/verify.ts';
import { processName, type Model } from '../../ui/model.ts';
import { strikeWords } from '../../ui/strike.ts';
import type { FaultBar, Moment, Office, Overview } from '../protocol.ts';
import { STORE_OFFICE, type Beginning } from './reigns.ts';

/** The survey must have come to its end. */
export function overviewOf(model: Model, verification: Verification, beginnings: readonly Beginning[]): Overview {
  const { survey } = model;
  const { trace, end, spec } = survey;
  if (end === null) throw new Error('the run has not come to its end');
  const faults = faultBars(model);
  const offices = officesOf(beginnings, trace.length);
  const timesUs = Float64Array.from({ length: trace.length }, (_, at) => trace.timeOf(at + 1));
  return {
    verification,
    verdict: end.verdict,
    violation: end.violation,
    failure: end.failure,
    timesUs,
    endUs: timesUs.at(-1) ?? 0,
    regions: spec.topology.regions,
    processes: survey.processes.map(({ name, region }) => ({ name, region: spec.topology.regions.indexOf(region) })),
    lanes: model.lanes.map(({ process, group }, at) => ({ process, group: model.lanes[at - 1]?.group === group ? null : group })),
    // What strikes nobody weighs on nothing, and is a moment all the same.
    faults: faults.filter(({ column }) => column >= 0),
    healed: survey.healed > trace.length ? 0 : survey.healed,
    broken: survey.violationEvent,
    offices,
    moments: momentsOf(model, faults, offices),
  };
}

function faultBars({ survey }: Model): readonly FaultBar[] {
  return survey.faults.map((span) => ({
    words: strikeWords(span),
    first: span.first,
    last: span.last ?? survey.trace.length,
    column: span.column,
  }));
}

/** Offices in the order in which they were first held; each reign lasts until the next. */
function officesOf(beginnings: readonly Beginning[], length: number): readonly Office[] {
  const byOffice = new Map<string, Beginning[]>();
  for (const each of beginnings) byOffice.set(each.office, [...(byOffice.get(each.office) ?? []), each]);
  return [...byOffice].map(([name, held]) => ({
    name,
    reigns: held.map(({ number, process, first }, at) => ({ number, process, first, last: held[at + 1]?.first ?? length })),
  }));
}

function momentsOf(model: Model, faults: readonly FaultBar[], offices: readonly Office[]): readonly Moment[] {
  const { survey } = model;
  const moments: Moment[] = [];
  for (const { words, first, last, column } of faults) {
    moments.push({ event: first, sort: 'fault', words });
    if (column >= 0 && last !== first && last < survey.trace.length)
      moments.push({ event: last, sort: 'fault', words: `over: ${words}` });
  }
  for (const { name, reigns } of offices) {
    for (const { number, process, first } of reigns)
      moments.push({ event: first, sort: 'office', words: inWords(model, name, number, process) });
  }
  for (let event = 1; event <= survey.trace.length; event++) {
    if (survey.trace.kindOf(event) === 'process/exit')
      moments.push({
        event,
        sort: 'exit',
        words: `${processName(model, survey.trace.targetOf(event))}: ${survey.trace.wordsOf(event)}`,
      });
  }
  if (survey.healed > 0 && survey.healed <= survey.trace.length)
    moments.push({ event: survey.healed, sort: 'healed', words: 'all faults are healed' });
  if (survey.violationEvent > 0) moments.push({ event: survey.violationEvent, sort: 'broken', words: brokenWords(model) });
  return moments.sort((a, b) => a.event - b.event);
}

function inWords(model: Model, office: string, number: number, process: number): string {
  if (process < 0) return `nobody is ${office} any more (token ${number})`;
  const name = processName(model, process);
  return office === STORE_OFFICE
    ? `${name} leads the store in term ${number}`
    : `${name} becomes ${office}, with token ${number}`;
}

function brokenWords({ survey: { end } }: Model): string {
  return end?.failure ?? (end?.violation ? `${end.violation.property}: ${end.violation.message}` : '');
}

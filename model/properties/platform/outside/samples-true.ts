/** Samples are true: a metric or trace that somebody is told of was made, as it was made, and no second collector tells of it. */
import type { Boundary, Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { samplesMethod, type Sample, type SamplesResponse } from '../../../outside/telemetry/methods.ts';
import { emittedBoundary, type EmittedSignal } from '../../../outside/telemetry/signals.ts';

export function samplesTrue(): Property {
  return {
    id: 'platform/samples-true',
    kind: 'always',
    title: 'of metrics and traces collectors tell what was made, each of one collector alone and once in an answer',
    monitor: (report, _scene, keepEvidence) => new SamplesTrue(report, keepEvidence),
  };
}

const told = samplesMethod.response as Kind;
/** Samples that are remembered, the newest: far more than collectors keep. */
const REMEMBERED_MAX = 16_384;

interface Made {
  readonly text: string;
  /** Who has told of it; empty: nobody. */
  tellers: readonly string[];
}

/** What crossed: a sample that was made, or an answer. */
type Evidence =
  | { readonly made: string; readonly text: string }
  | { readonly collector: string; readonly samples: readonly Sample[] };

class SamplesTrue implements Monitor {
  private readonly report: Report;
  private readonly made = new Map<string, Made>();
  /** By source and signal, how many there have been: what is older than is remembered was made as well. */
  private readonly emitted = new Map<string, number>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (emittedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (emittedBoundary as Boundary)) return;
    const { source, signal, sequence, text } = body as EmittedSignal;
    if (signal === 'log' || signal === 'event') return;
    const key = `${source} ${signal} ${sequence}`;
    this.evidence?.push({ made: key, text });
    this.emitted.set(`${source} ${signal}`, sequence);
    this.made.set(key, { text, tellers: [] });
    if (this.made.size > REMEMBERED_MAX) this.forgetOldest();
  }

  hears(what: Kind): boolean {
    return what === told;
  }

  sent({ name }: Process, _to: Process, what: Kind, body: unknown): void {
    if (what !== told) return;
    const { samples } = (body as { readonly body: SamplesResponse }).body;
    if (samples.length === 0) return;
    this.evidence?.push({ collector: name, samples });
    const here = new Set<string>();
    for (const sample of samples) {
      const key = keyOf(sample);
      if (here.has(key)) this.report.violated(twice(name, sample, name));
      here.add(key);
      this.judge(name, sample, key);
    }
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      const broken = 'samples' in seen ? judgeFromScratch(seen, evidence.slice(0, at)) : null;
      if (broken !== null) return broken;
    }
    return null;
  }

  private judge(collector: string, sample: Sample, key: string): void {
    const made = this.made.get(key);
    if (made === undefined) {
      if (sample.sequence > (this.emitted.get(`${sample.source} ${sample.signal}`) ?? 0))
        this.report.violated(neverMade(collector, sample));
      return;
    }
    if (made.text !== sample.text) this.report.violated(otherwise(collector, sample));
    if (made.tellers.includes(collector)) return;
    const [other] = made.tellers;
    if (other !== undefined) this.report.violated(twice(collector, sample, other));
    made.tellers = [...made.tellers, collector];
  }

  private forgetOldest(): void {
    for (const oldest of this.made.keys()) {
      this.made.delete(oldest);
      return;
    }
  }
}

type Answer = Extract<Evidence, { readonly collector: string }>;

/** An answer, against all that was made and told before. */
function judgeFromScratch({ collector, samples }: Answer, before: readonly Evidence[]): string | null {
  for (const [at, sample] of samples.entries()) {
    const key = keyOf(sample);
    const made = before.find((each) => 'made' in each && each.made === key);
    if (made === undefined || !('made' in made)) return neverMade(collector, sample);
    if (made.text !== sample.text) return otherwise(collector, sample);
    if (samples.slice(0, at).some((each) => keyOf(each) === key)) return twice(collector, sample, collector);
    const other = before.find(
      (each): each is Answer =>
        'samples' in each && each.collector !== collector && each.samples.some((earlier) => keyOf(earlier) === key),
    );
    if (other !== undefined) return twice(collector, sample, other.collector);
  }
  return null;
}

const keyOf = ({ source, signal, sequence }: Sample): string => `${source} ${signal} ${sequence}`;
const say = ({ source, signal, sequence }: Sample): string => `${signal} ${sequence} of ${source}`;
const neverMade = (collector: string, sample: Sample): string => `${collector} tells of ${say(sample)}, which was never made`;
const otherwise = (collector: string, sample: Sample): string =>
  `${collector} tells of ${say(sample)} otherwise than it was made`;
const twice = (collector: string, sample: Sample, other: string): string =>
  `${collector} tells of ${say(sample)}, and ${other} has told of it before`;

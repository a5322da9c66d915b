/** The run of a page, executed again: once to its end, verified on the way, then wherever the reader looks. */
import { createSeeker, type Seeker } from '../../../replay/seek.ts';
import { createVerifier, type Verification, type Verifier } from '../../../replay/verify.ts';
import { createRun, type RunSpec } from '../../../sim/index.ts';
import type { PageContent } from '../../export/page-content.ts';
import { Details } from '../../ui/details.ts';
import { createModel, type Model } from '../../ui/model.ts';
import { nextMatch } from '../../ui/matching.ts';
import { Survey } from '../../ui/survey.ts';
import type { Frame, Look, Overview } from '../protocol.ts';
import { frameOf } from './frame.ts';
import { overviewOf } from './overview.ts';
import { watchReigns, type Beginning } from './reigns.ts';
import { runOfRecording } from './run-of-recording.ts';

/** Steps between two parked runs: so few that dragging the slider keeps up with the hand. */
const SEEK_INTERVAL = 10_000;
/** Each holds a whole platform: some megabytes. */
const PARKED_MAX = 24;
/** Steps taken between two looks at the clock. */
const SLICE_EVENTS = 500;

export class PageSession {
  readonly steps: number;
  private readonly survey: Survey;
  private readonly verifier: Verifier;
  private readonly beginnings: readonly Beginning[];
  private readonly source: Seeker;
  private readonly details: Details;
  private readonly model: Model;
  private verification: Verification | null = null;

  constructor({ recording }: PageContent) {
    const { spec, challenges } = runOfRecording(recording);
    const run = createRun(spec);
    this.steps = recording.steps;
    this.beginnings = watchReigns(run);
    this.survey = new Survey(spec, run);
    this.verifier = createVerifier(recording, spec, run);
    // Who only looks judges nothing, and is there sooner.
    const unjudged: RunSpec = { ...spec, properties: [] };
    this.source = createSeeker(unjudged, { interval: SEEK_INTERVAL, parkedMax: PARKED_MAX });
    this.details = new Details(unjudged, this.source);
    const { scenario, seed, defects } = recording;
    this.model = createModel({ scenario, seed, defects, challenges, note: null, reproduce: () => '' }, this.survey, this.details);
  }

  /** Where the execution of the whole run has come to. */
  get progress(): { readonly step: number; readonly timeUs: number } {
    return { step: this.survey.trace.length, timeUs: this.survey.nowUs };
  }

  /** Executes a little more of the whole run. Its overview once the end is reached, else null. */
  execute(): Overview | null {
    const ended = this.survey.advance(SLICE_EVENTS);
    this.verification ??= this.verifier.advance(0);
    return ended && this.verification !== null ? overviewOf(this.model, this.verification, this.beginnings) : null;
  }

  /** Prepares for looks to come, so that no place is far. False when there is nothing left to prepare. */
  tend(): boolean {
    return this.source.tend(SLICE_EVENTS);
  }

  /** Goes a slice of the way to an event. False while it is not there. */
  approach(event: number): boolean {
    return this.details.approach(event, SLICE_EVENTS);
  }

  /** `isThere`: the engine has gone to the event; if not, the states of processes and what the event carries are left out. */
  look(look: Look, isThere: boolean): Frame {
    return frameOf(this.model, look, isThere);
  }

  find(pattern: string, from: number, direction: 1 | -1): number {
    return nextMatch(this.model, pattern, from, direction);
  }

  neighbour(process: number, from: number, direction: 1 | -1): number {
    return this.survey.trace.neighbour(from, process, direction);
  }
}

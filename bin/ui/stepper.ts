/** The terminal UI without its terminal: takes keys, keeps the state, and works on in the background. */
import { performance } from 'node:perf_hooks';
import type { StepSource } from './details.ts';
import type { Model } from './model.ts';
import { reduce, type Input } from './reduce.ts';
import { speeds, type ViewState } from './view-state.ts';

/** Between two slices of background work keys are answered; this long at most after they were pressed. */
const SLICE_MS = 12;
const SLICE_EVENTS = 500;
/** While the run is surveyed the screen shows how far, at this pace. */
const PROGRESS_MS = 100;
/** More frames a second than this nobody sees. */
const FRAMES_PER_SECOND_MAX = 25;
/** After this long a typed number is no number any more. */
const COUNT_PAUSE_MS = 900;

export class Stepper {
  state: ViewState;
  readonly model: Model;
  private readonly source: StepSource;
  private readonly listeners = new Set<() => void>();
  private working: NodeJS.Immediate | null = null;
  private playing: NodeJS.Timeout | null = null;
  private playedAtMs = 0;
  private counting: NodeJS.Timeout | null = null;
  private reportedAtMs = 0;
  /** Up to here the source has been through the run once. */
  private walked = 0;

  constructor(state: ViewState, model: Model, source: StepSource) {
    this.state = state;
    this.model = model;
    this.source = source;
  }

  start(): void {
    this.work();
  }

  stop(): void {
    if (this.working !== null) clearImmediate(this.working);
    if (this.playing !== null) clearTimeout(this.playing);
    if (this.counting !== null) clearTimeout(this.counting);
    this.working = null;
    this.playing = null;
    this.counting = null;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  dispatch(input: Input): void {
    const before = this.state;
    this.state = reduce(before, input, this.model);
    if (this.state === before) return;
    if (this.state.count !== before.count) this.awaitPause();
    if (this.state.playing && this.playing === null) this.play();
    // Going to another place takes parked runs away from where they stood.
    if (this.state.cursor !== before.cursor && this.working === null) this.work();
    for (const listener of this.listeners) listener();
  }

  // ── in the background ────────────────────────────────────────────────────────────────────────────────────────────

  private work(): void {
    this.working = setImmediate(() => {
      this.working = null;
      const began = performance.now();
      let more = true;
      while (more && performance.now() - began < SLICE_MS) more = this.workSlice();
      if (more && this.state.exit === null) this.work();
    });
  }

  /** First to the end of the run, to know it; then once through it and over it again, so that no place in it is far. */
  private workSlice(): boolean {
    const { survey } = this.model;
    if (survey.end === null) {
      const ended = survey.advance(SLICE_EVENTS);
      const nowMs = performance.now();
      if (ended || nowMs - this.reportedAtMs > PROGRESS_MS) {
        this.reportedAtMs = nowMs;
        this.dispatch({ type: 'surveyed' });
      }
      return true;
    }
    if (this.walked < survey.end.last) {
      this.walked = Math.min(this.walked + SLICE_EVENTS, survey.end.last);
      this.source.at(this.walked);
      return true;
    }
    return this.source.tend(SLICE_EVENTS);
  }

  // ── in time ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private play(): void {
    const perSecond = speeds[this.state.speed] as number;
    const framesPerSecond = Math.min(perSecond, FRAMES_PER_SECOND_MAX);
    this.playedAtMs = performance.now();
    this.playing = setTimeout(() => {
      this.playing = null;
      if (!this.state.playing) return;
      const passedS = (performance.now() - this.playedAtMs) / 1_000;
      this.dispatch({ type: 'tick', events: Math.max(1, Math.round(perSecond * Math.min(passedS, 1))) });
      if (this.state.playing && this.playing === null) this.play();
    }, 1_000 / framesPerSecond);
  }

  private awaitPause(): void {
    if (this.counting !== null) clearTimeout(this.counting);
    this.counting = this.state.count === '' ? null : setTimeout(() => this.dispatch({ type: 'pause' }), COUNT_PAUSE_MS);
  }
}

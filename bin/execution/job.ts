/** What can be done with a scenario, and what comes of it; plain data, so that it can also be done in a worker thread. */
import type { Side } from '../../model/api/state-classes.ts';
import type { Design } from '../../model/design.ts';
import type { ClassAccount } from '../../model/properties/platform/outside/boundary-meter.ts';
import type { Explanation } from '../../replay/explain/explanation.ts';
import type { Trace } from '../../replay/export/trace.ts';
import type { Inputs, Recording, UserFile } from '../../replay/recording.ts';
import type { Failed } from '../../replay/shrink/trials.ts';
import type { Verification } from '../../replay/verify.ts';
import type { ControllerExits } from '../../scenarios/async/exits.ts';
import type { Plan } from '../../scenarios/run-spec.ts';
import type { Micros, ProcessView, Verdict, Violation, Waiting } from '../../sim/index.ts';

/** Where a scenario comes from. Paths are absolute. */
export type Source = (
  | { readonly kind: 'catalogue'; readonly name: string }
  | { readonly kind: 'data'; readonly path: string }
  | { readonly kind: 'module'; readonly path: string }
  /** A declarative scenario whose file is not needed any more: a recording has all of it. */
  | { readonly kind: 'recorded'; readonly name: string; readonly userFile: UserFile }
) & {
  /** The recording that names it, as the user wrote it; absent where there is none. */
  readonly recording?: string;
};

export type Job =
  /** Loads the scenario and sees whether its world can be built. */
  | { readonly do: 'load'; readonly source: Source; readonly seed: number; readonly recordingFolder: string }
  | {
      readonly do: 'run';
      readonly source: Source;
      /** Values to draw the plan with. */
      readonly seed: number;
      readonly design: Partial<Design>;
      readonly defects: readonly string[];
      /** Draw platform and faults around the scenario's event as a swarm does, instead of the scenario alone. */
      readonly swarm: boolean;
      /** Ends the run early, undecided unless something was violated before. */
      readonly untilUs: Micros | null;
      /** Where a recording of a failure will lie; it names the user's file relative to that. */
      readonly recordingFolder: string;
    }
  | {
      /** Runs a plan as it is, up to a step. */
      readonly do: 'repeat';
      readonly source: Source;
      readonly plan: Plan;
      readonly toStep: number | null;
      readonly recordingFolder: string;
    }
  | {
      /** Looks for less that fails in the same way. */
      readonly do: 'shrink';
      readonly source: Source;
      readonly plan: Plan;
      /** What earlier attempts came to, in their order: they are not made again. */
      readonly answers: readonly (Failed | null)[];
      /** The hash of the user's file as it was then, null where there was none: with another one they are. */
      readonly answeredBy: string | null;
      /** After this time nothing more is tried, and what is smallest then has to do. */
      readonly budgetMs?: number;
      readonly recordingFolder: string;
    }
  | {
      /** Tells how the plan comes to fail. */
      readonly do: 'explain';
      readonly source: Source;
      readonly plan: Plan;
      /** Runs that may be tried with something left out. */
      readonly budget: number;
      readonly recordingFolder: string;
    }
  /** Runs a plan to its end and writes down every step. */
  | { readonly do: 'trace'; readonly source: Source; readonly plan: Plan; readonly recordingFolder: string }
  | {
      readonly do: 'verify';
      readonly source: Source;
      readonly plan: Plan;
      readonly recording: Recording;
      readonly recordingFolder: string;
    };

/** Code that threw. */
export interface Crash {
  /** The simulated process; null when the scenario could not be loaded, planned or built. */
  readonly process: string | null;
  readonly message: string;
  /** Where it was thrown: the lines of the stack. */
  readonly trace: string;
}

/** Of a run that took no step, or whose steps nobody could count. */
export const NO_DIGEST = '0'.repeat(16);

/** What of a class of state a run has written, on either side of the boundary. */
export interface BoundaryLine extends ClassAccount {
  /** Where the run's design places it; null for the store's own. */
  readonly side: Side | null;
}

/** What a run came to. `undecided`: it was ended before its verdict. */
export interface RunOutcome {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: Verdict | 'undecided';
  readonly violation: Violation | null;
  /** Of a stalled run: every part of a goal that is not there, the violation's first. */
  readonly waiting: readonly Waiting[];
  /** Of a run that failed: what its seed had drawn, a line each. */
  readonly drawn: readonly string[];
  readonly crash: Crash | null;
  readonly events: number;
  readonly simulatedUs: Micros;
  readonly wallMs: number;
  readonly digest: string;
  readonly interrupted: boolean;
  /** `sometimes` properties that were seen. */
  readonly hits: readonly string[];
  /** Async controllers that ended by themselves; no failure, since each was started again. */
  readonly exits: readonly ControllerExits[];
  /**
   * Every class of state, and the store's own last. Empty where nothing of any was written, and in a
   * swarm, which keeps no such accounts.
   */
  readonly boundary: readonly BoundaryLine[];
  /** Of a run that failed. */
  readonly recording: Recording | null;
}

/** What is known of a run before its first step, or when nothing more was ever heard of it. */
export function nothingKnown(seed: number, scenario: string): RunOutcome {
  return {
    scenario,
    seed,
    verdict: 'undecided',
    violation: null,
    waiting: [],
    drawn: [],
    crash: null,
    events: 0,
    simulatedUs: 0,
    wallMs: 0,
    digest: NO_DIGEST,
    interrupted: false,
    hits: [],
    exits: [],
    boundary: [],
    recording: null,
  };
}

/** The seed that a job runs with. */
export function seedOf(job: Job): number {
  return 'seed' in job ? job.seed : job.plan.seed;
}

/** One step, and the world after it. */
export interface Moment {
  readonly scenario: string;
  readonly seed: number;
  readonly step: number;
  readonly timeUs: Micros;
  readonly digest: string;
  /** Null before the first step. */
  readonly event: {
    readonly id: number;
    readonly cause: number;
    /** The step at which its cause happened; null for what the plan or the beginning of the run caused. */
    readonly causeStep: number | null;
    readonly process: string | null;
    readonly kind: string;
    readonly text: string;
  } | null;
  readonly activeFaults: readonly string[];
  readonly verdict: Verdict | null;
  readonly violation: Violation | null;
  readonly processes: readonly ProcessView[];
}

export type Outcome =
  /** The name of the scenario, and the ids of its probes. */
  | { readonly did: 'load'; readonly scenario: string; readonly probes: readonly string[] }
  | { readonly did: 'run'; readonly run: RunOutcome }
  | { readonly did: 'moment'; readonly moment: Moment }
  /** `userFile`: as it was loaded, which may be another than was recorded. */
  | { readonly did: 'shrink'; readonly shrinking: Shrinking; readonly userFile: UserFile | null }
  | { readonly did: 'explain'; readonly explaining: Explaining; readonly userFile: UserFile | null }
  /** Null: it was interrupted. */
  | { readonly did: 'trace'; readonly trace: Trace | null; readonly userFile: UserFile | null }
  | { readonly did: 'verify'; readonly verification: Verification; readonly interrupted: boolean }
  /** The user's file is not what it was when the recording was made. */
  | { readonly did: 'refuse'; readonly field: keyof Inputs };

/** How much there is to a run that failed. */
export interface Extent {
  readonly faults: number;
  /** Of clients, drawn before the run. */
  readonly operations: number;
  readonly processes: number;
  readonly events: number;
}

/** What shrinking came to. */
export interface Shrinking {
  /**
   * What a run must fail at to count: a property, or a process whose program throws. Null: the plan does not
   * fail at all, and nothing was tried.
   */
  readonly property: string | null;
  readonly before: Extent;
  readonly after: Extent;
  /** Runs tried, in earlier attempts and in this one. */
  readonly runs: number;
  /** Of the smallest run that fails; null when that is the one there was. */
  readonly recording: Recording | null;
  readonly interrupted: boolean;
}

/** What explaining came to. */
export interface Explaining {
  /** Null: the plan does not fail, or it was interrupted. */
  readonly explanation: Explanation | null;
  readonly interrupted: boolean;
}

export interface Progress {
  readonly step: number;
  readonly timeUs: Micros;
  readonly endUs: Micros;
  /** While shrinking, when a run has been tried, with the user's file of this hash. */
  readonly tried?: {
    readonly answer: Failed | null;
    readonly answeredBy: string | null;
    readonly runs: number;
    readonly best: Extent;
  };
  /** While explaining: runs tried with something left out, and how many may be. */
  readonly asked?: { readonly runs: number; readonly budget: number };
}

/** How whoever does a job stays in touch with whoever asked. */
export interface Contact {
  progress(progress: Progress): void;
  readonly cancelled: AbortSignal;
}

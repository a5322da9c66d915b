/** Shrinks and explains the failures of a swarm, the first of each scenario and property, and writes a page of each. */
import { basename, dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DEFAULT_BUDGET } from '../../replay/explain/explain.ts';
import type { Explanation } from '../../replay/explain/explanation.ts';
import type { Recording } from '../../replay/recording.ts';
import type { SmallFailure, SwarmFailure } from '../../scenarios/swarm/swarm-result.ts';
import { explainRecording } from '../execution/explain-recording.ts';
import type { Shrinking } from '../execution/job.ts';
import { shownPath } from '../reading.ts';
import { planOf } from '../execution/recorded-scenario.ts';
import { runJobAtTerminal } from '../execution/run-job-at-terminal.ts';
import { UsageError } from '../exit-status.ts';
import { htmlPage } from '../export/html-page.ts';
import { loadRecording, sourceOf } from '../load-recording.ts';
import { unlessLost } from '../losses.ts';
import { origin } from '../package-info.ts';
import { prepareFolder } from '../recording-file.ts';
import { explainText } from '../reporters/explain-report.ts';
import { reproduceRecording } from '../reproduce.ts';
import { writeWhole } from '../writing.ts';
import { counted } from '../reporters/counted.ts';

/** More than that nobody reads of one swarm; what else failed is in the recordings. */
const SHRUNK_MAX = 10;

/**
 * `budgetMs`: how long each may be shrunk, and about as long its explanation may take. `stuckMs`: how long code
 * of the user's may go without a step.
 */
export async function shrinkFailures(
  failures: readonly SwarmFailure[],
  budgetMs: number,
  stuckMs: number,
): Promise<readonly SwarmFailure[]> {
  const chosen = firstOfEach(failures).slice(0, SHRUNK_MAX);
  const small = new Map<SwarmFailure, SmallFailure>();
  for (const [at, failure] of chosen.entries()) {
    const label = `failure ${at + 1} of ${chosen.length}`;
    const made = await shrinkAndExplain(failure.recording as string, label, budgetMs, stuckMs);
    if (made === 'interrupted') break;
    if (made !== null) small.set(failure, made);
  }
  return failures.map((failure) => ({ ...failure, small: small.get(failure) ?? null }));
}

/** Of each scenario and property the one that was seen first. */
function firstOfEach(failures: readonly SwarmFailure[]): readonly SwarmFailure[] {
  const first = new Map<string, SwarmFailure>();
  for (const failure of failures) {
    const key = `${failure.scenario} ${failure.property ?? failure.verdict}`;
    if (failure.recording !== null && !first.has(key)) first.set(key, failure);
  }
  return [...first.values()];
}

/** Null where it does not fail here, cannot be executed, or cannot be written: the recording as it was made has to do then. */
async function shrinkAndExplain(
  path: string,
  label: string,
  budgetMs: number,
  stuckMs: number,
): Promise<SmallFailure | 'interrupted' | null> {
  try {
    const recording = await loadRecording(path);
    const beganMs = performance.now();
    const shrinking = await shrunk(recording, path, label, budgetMs, stuckMs);
    const runsPerMs = (shrinking?.runs ?? 0) / (performance.now() - beganMs);
    if (shrinking === null || shrinking.property === null) return shrinking?.interrupted === true ? 'interrupted' : null;
    if (shrinking.interrupted) return 'interrupted';
    const smallest = shrinking.recording ?? recording;
    const file = shrinking.recording === null ? path : prepareFolder(dirname(resolve(path))).write(shrinking.recording);
    if (file === null) return null;
    // As many as would take as long again.
    const runs = Math.min(DEFAULT_BUDGET, Math.floor(runsPerMs * budgetMs));
    const { explanation, interrupted } = await explainRecording(file, smallest, runs, stuckMs);
    if (interrupted) return 'interrupted';
    const { faults, operations, processes, events } = shrinking.after;
    return {
      recording: file,
      faults,
      operations,
      processes,
      events,
      explanation: explained(file, explanation),
      page: paged(file, smallest, explanation),
    };
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

async function shrunk(
  recording: Recording,
  path: string,
  label: string,
  budgetMs: number,
  stuckMs: number,
): Promise<Shrinking | null> {
  const source = await sourceOf(recording, path);
  const outcome = await runJobAtTerminal(
    {
      do: 'shrink',
      source,
      plan: planOf(recording),
      answers: [],
      answeredBy: null,
      budgetMs,
      recordingFolder: dirname(resolve(path)),
    },
    label,
    stuckMs,
    ({ tried }, line) => {
      if (tried !== undefined)
        line.note(
          `${counted(tried.runs, 'run')} tried to shrink it: ${counted(tried.best.faults, 'fault')}, ${counted(tried.best.operations, 'operation')} left`,
        );
    },
  );
  return outcome.did === 'shrink' ? outcome.shrinking : null;
}

function explained(file: string, explanation: Explanation | null): string | null {
  if (explanation === null) return null;
  return beside(file, '.explained.txt', `${explainText({ explanation, svg: null, repro: reproduceRecording(file) }, null)}\n`);
}

/** A page executes the platform, and no code of the user's. */
function paged(file: string, recording: Recording, explanation: Explanation | null): string | null {
  if (recording.userFile?.kind === 'module') return null;
  return beside(file, '.html', htmlPage({ recording, fileName: basename(file), explanation, engine: origin() }));
}

/** Null when it could not be written. */
function beside(file: string, ending: string, text: string): string | null {
  const path = join(dirname(resolve(file)), basename(file).replace(/\.quorate\.json$/, ending));
  return unlessLost(shownPath(path), () => {
    writeWhole(path, text);
    return shownPath(path);
  });
}

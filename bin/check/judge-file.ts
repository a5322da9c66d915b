/** One history judged, within a budget of time. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { HistoryError, type Operation } from '../../replay/check/history.ts';
import { linearizability, type Standing, type Verdict } from '../../replay/check/linearizability.ts';
import type { Model } from '../../replay/check/models/model.ts';
import type { Reading } from '../../replay/check/objects.ts';
import { UsageError } from '../exit-status.ts';
import { shownPath } from '../reading.ts';
import { ProgressLine } from '../progress-line.ts';
import { findHistory, readHistory } from './read-history.ts';

export interface Judged {
  /** As the user would write it. */
  readonly file: string;
  readonly operations: number;
  readonly millis: number;
  readonly verdict: Verdict;
}

export interface Request extends Reading {
  readonly model: Model<unknown, unknown>;
  readonly budgetMs: number;
}

const SLICE_MS = 50;

/** Null when it was interrupted. Throws a UsageError for what is no history, or not of the model. */
export async function judgeFile(path: string, request: Request, interrupted: AbortSignal): Promise<Judged | null> {
  const file = findHistory(path);
  const shown = shownPath(file);
  const progress = new ProgressLine(shown);
  const began = performance.now();
  try {
    const operations = await readHistory(file, progress, interrupted);
    if (operations === null) return null;
    const verdict = await judge(operations, { request, progress, interrupted });
    return verdict === null
      ? null
      : { file: shown, operations: operations.length, millis: Math.round(performance.now() - began), verdict };
  } catch (error) {
    if (error instanceof HistoryError) throw new UsageError(`${shown}:${error.line}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    progress.end();
  }
}

interface Circumstances {
  readonly request: Request;
  readonly progress: ProgressLine;
  readonly interrupted: AbortSignal;
}

/** In slices, so that signals and progress get their turn between them. */
async function judge(
  operations: readonly Operation[],
  { request, progress, interrupted }: Circumstances,
): Promise<Verdict | null> {
  const check = linearizability(operations, request.model, request);
  const began = performance.now();
  let pausedAt = began;
  for (;;) {
    const next = check.next();
    if (next.done === true) return next.value;
    const now = performance.now();
    if (now - began > request.budgetMs) return outOfBudget(next.value, request.budgetMs);
    if (now - pausedAt < SLICE_MS) continue;
    const { decided, objects, tries } = next.value;
    progress.update(decided, objects, 'objects', `${tries} tries`);
    await setImmediate();
    if (interrupted.aborted) return null;
    pausedAt = performance.now();
  }
}

function outOfBudget(standing: Standing, budgetMs: number): Verdict {
  return {
    valid: 'unknown',
    objects: standing.objects,
    standing: { ...standing, givesUp: `${budgetMs / 1_000} s were not enough (--budget)` },
  };
}

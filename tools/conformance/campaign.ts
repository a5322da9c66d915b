/** Many random scripts, several at a time, until they are used up or one shows a difference that repeats. */
import { Streams } from '../../sim/index.ts';
import { isObject, type Json } from '../../bin/store/json.ts';
import { signature, type Difference } from './compare.ts';
import { Section } from './generator/section.ts';
import { runScript, written, type ScriptResult } from './run-script.ts';
import { shrink } from './shrink.ts';
import { UnreadableLine } from './store-subject.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import type { Subject } from './subject.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Lines in all scripts together. */
  readonly operations: number;
  /** Scripts at a time. */
  readonly lanes: number;
  /** Only this one of the scripts, counted from 1. */
  readonly section?: number;
  readonly ours: Subject;
  readonly theirs: Subject;
  readonly signal: AbortSignal;
  readonly progress: (done: number, note: string) => void;
}

/** A difference, and the shortest script that was found to show it. */
export interface Finding {
  readonly section: number;
  readonly script: readonly ScriptLine[];
  readonly difference: Difference;
  /** Lines of the script in which it was found, and scripts tried to make it shorter. */
  readonly from: number;
  readonly tries: number;
}

export interface CampaignResult {
  operations: number;
  sections: number;
  /** Those that waited for leases to end. */
  waited: number;
  /** Responses on watch streams. */
  responses: number;
  answered: number;
  /** How often which error was answered. */
  readonly errors: Map<string, number>;
  finding: Finding | null;
  /** Differences that a second and a third try did not show: somebody was too slow. */
  readonly unsteady: Finding[];
}

/** Large enough for a history, small enough to be shrunk in a minute. */
const SECTION_LINES = 500;
const REPEATS = 2;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { ours, theirs, signal, progress } = options;
  const result: CampaignResult = {
    operations: 0,
    sections: 0,
    waited: 0,
    responses: 0,
    answered: 0,
    errors: new Map(),
    finding: null,
    unsteady: [],
  };
  const differing: { readonly number: number; readonly result: ScriptResult }[] = [];
  const plan = sectionsOf(options);
  const lane = async (): Promise<void> => {
    for (const { number, section } of plan) {
      const run = await punctual(await runScript(section, ours, theirs, signal), options);
      if (signal.aborted) return;
      count(result, section, run);
      progress(result.operations, `${result.sections} scripts`);
      if (run.difference === null) continue;
      if (await repeats(run, options)) {
        differing.push({ number, result: run });
        return;
      }
      result.unsteady.push({
        section: number,
        script: run.script,
        difference: run.difference,
        from: run.script.length,
        tries: REPEATS,
      });
    }
  };
  // A lane that finds something ends; the others finish what they have begun, so that the first in order is told.
  await Promise.all(
    Array.from({ length: options.lanes }, async () => {
      await lane();
      if (differing.length > 0) plan.return(undefined);
    }),
  );
  const [first] = differing.toSorted((a, b) => a.number - b.number);
  if (first !== undefined) result.finding = await shrunk(first.number, first.result, options);
  return result;
}

/** Lengths are known before anything runs, so that a script is the same however many run beside it. */
function* sectionsOf({
  seed,
  operations,
  section: only,
}: CampaignOptions): Generator<{ readonly number: number; readonly section: Section }> {
  const streams = new Streams(seed);
  let left = operations;
  for (let number = 1; left > 0; number++) {
    const section = new Section(streams.stream(`conformance/section-${number}`), Math.min(SECTION_LINES, left));
    left -= section.length;
    if (only === undefined || only === number) yield { number, section };
  }
}

/**
 * The script once more, where a difference may come of a machine that had other things to do; as
 * it is when that happens every time.
 */
async function punctual(first: ScriptResult, { ours, theirs, signal }: CampaignOptions): Promise<ScriptResult> {
  let run = first;
  for (let attempt = 0; attempt < REPEATS && run.difference !== null && isTimed(run) && !signal.aborted; attempt++)
    run = await runScript(written(run.script), ours, theirs, signal);
  return run;
}

/** What is not about time does not differ by it. */
function isTimed({ script, isLate }: ScriptResult): boolean {
  return isLate && script.some(({ method }) => method === 'advance');
}

/** Whether the script shows the same again: a machine that is too slow for the timing of a script shows it once. */
async function repeats({ script, difference }: ScriptResult, { ours, theirs, signal }: CampaignOptions): Promise<boolean> {
  if (difference === null) return false;
  for (let attempt = 0; attempt < REPEATS; attempt++) {
    const again = await runScript(written(script), ours, theirs, signal);
    if (again.difference !== null && signature(script, again.difference) === signature(script, difference)) return true;
  }
  return false;
}

async function shrunk(section: number, found: ScriptResult, options: CampaignOptions): Promise<Finding> {
  const { ours, theirs, signal, progress } = options;
  const difference = found.difference as Difference;
  const wanted = signature(found.script, difference);
  let shortest = { script: found.script.slice(0, difference.at + 1), difference };
  let tried = 0;
  const { tries } = await shrink(shortest.script, async (script) => {
    if (signal.aborted) return false;
    const result = await tryScript(script, ours, theirs, signal);
    progress(++tried, `shrinking: ${shortest.script.length} lines`);
    if (result === null || result.difference === null || signature(script, result.difference) !== wanted) return false;
    shortest = { script: script.slice(0, result.difference.at + 1), difference: result.difference };
    return true;
  });
  return { section, ...shortest, from: found.script.length, tries };
}

/** Null when a piece of the script that is left means nothing by itself. */
async function tryScript(
  script: readonly ScriptLine[],
  ours: Subject,
  theirs: Subject,
  signal: AbortSignal,
): Promise<ScriptResult | null> {
  try {
    return await runScript(written(script), ours, theirs, signal);
  } catch (error) {
    if (error instanceof UnreadableLine) return null;
    throw error;
  }
}

function count(result: CampaignResult, section: Section, { theirs }: ScriptResult): void {
  result.operations += theirs.length;
  result.sections++;
  if (section.waits) result.waited++;
  for (const { answer, stream } of theirs) {
    result.responses += stream.length;
    const error = errorOf(answer);
    if (error === null) result.answered++;
    else result.errors.set(error, (result.errors.get(error) ?? 0) + 1);
  }
}

function errorOf(answer: Json): string | null {
  const error = isObject(answer) ? answer['error'] : undefined;
  return typeof error === 'string' ? error : null;
}

/** The report of one run: as a JSON document, and in words. */
import { formatTime } from '../../sim/time.ts';
import type { Waiting } from '../../sim/index.ts';
import type { ControllerExits } from '../../scenarios/async/exits.ts';
import type { RunOutcome } from '../execution/job.ts';
import { boundaryLines } from './boundary-report.ts';

/** An outcome, and what the command line made of it. */
export interface RunReport {
  readonly outcome: RunOutcome;
  /** Path of the recording, when one was written. */
  readonly recording: string | null;
  /** The command that reproduces the run. */
  readonly repro: string;
  /** In words it is told what was written of each class of state; the document always tells. */
  readonly showsBoundary?: boolean;
}

/** The fields that scripts rely on come first; `waiting` and what follows is added. */
export function runJson({ outcome, recording, repro }: RunReport): object {
  const {
    scenario,
    seed,
    verdict,
    events,
    simulatedUs,
    wallMs,
    digest,
    violation,
    waiting,
    drawn,
    crash,
    interrupted,
    boundary,
    exits,
  } = outcome;
  return {
    scenario,
    seed,
    verdict,
    events,
    simulatedUs,
    wallMs: Math.round(wallMs),
    digest,
    violation,
    recording,
    repro,
    waiting,
    drawn,
    crash,
    interrupted,
    boundary,
    exits,
  };
}

/** The last line is the command that reproduces a failure. */
export function runText({ outcome, recording, repro, showsBoundary = false }: RunReport): string {
  const {
    scenario,
    seed,
    verdict,
    events,
    simulatedUs,
    wallMs,
    digest,
    violation,
    waiting,
    drawn,
    crash,
    interrupted,
    boundary,
    exits,
  } = outcome;
  const lines = [`${scenario}, seed ${seed}: ${interrupted ? 'interrupted' : verdict}`];
  if (violation !== null) {
    const { property, kind, step, timeUs, message } = violation;
    lines.push(`  ${property} (${kind}) at step ${step}, ${formatTime(timeUs)}`, `  ${message}`);
  }
  if (waiting.length > 0) lines.push(...waitingLines(waiting));
  if (crash !== null) {
    lines.push(`  ${crash.process === null ? '' : `${crash.process}: `}${crash.message}`);
    // In front of them stands the message, which may have any number of lines.
    const frames = crash.trace.split('\n').filter((line) => FRAME.test(line));
    lines.push(...frames.slice(0, FRAMES).map((frame) => `  ${frame}`));
  }
  if (events > 0)
    lines.push(`  ${events} events, ${formatTime(simulatedUs)} simulated in ${(wallMs / 1_000).toFixed(2)} s, digest ${digest}`);
  lines.push(...exits.map((one) => `  ${exitsText(one)}`));
  if (showsBoundary) lines.push(...boundaryLines(boundary));
  lines.push(...drawn.map((line) => `    ${line}`));
  if (recording !== null) lines.push(`  recording: ${recording}`);
  if (verdict !== 'ok' && verdict !== 'undecided') lines.push('  reproduce with:', repro);
  return lines.join('\n');
}

/** A controller that ended by itself: a verdict of `ok` hides it. */
export function exitsText({ process, times, reason }: ControllerExits): string {
  return `${process} ended by itself ${times === 1 ? 'once' : `${times} times`}: ${oneLine(reason)}`;
}

/** What was thrown may have any number of lines. */
function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

const FRAME = /^\s+at /;
/** Lines of a stack: enough to find the place. */
const FRAMES = 6;

const WAITING_SHOWN = 12;

/** What a stalled run waits for, part by part. */
export function waitingLines(waiting: readonly Waiting[]): readonly string[] {
  const lines = waiting
    .slice(0, WAITING_SHOWN)
    .map(({ property, waitsFor, sinceUs }) => `    ${formatTime(sinceUs)}  ${property}: ${waitsFor}`);
  if (waiting.length > WAITING_SHOWN) lines.push(`    (${waiting.length - WAITING_SHOWN} more; --json lists all)`);
  return ['  still waiting for (and unchanged since):', ...lines];
}

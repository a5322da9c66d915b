/** Holds a repetition of a run against its recording, step by step. */
import { createRun, type Micros, type Outcome, type Run, type RunSpec, type SimEvent } from '../sim/index.ts';
import { decodeBase64 } from './base64.ts';
import { FULL_DIGEST_EVERY, type Recording } from './recording.ts';

/** The first step at which the repetition is not what was recorded. */
export interface Difference {
  readonly step: number;
  readonly timeUs: Micros;
  /** `digest`: another step was taken. `length`: one of the two ended earlier. `verdict`: the same steps, judged differently. */
  readonly what: 'digest' | 'length' | 'verdict';
  readonly recorded: string;
  readonly repeated: string;
  /** What the repetition did in that step, in words; null when it took no such step. */
  readonly event: string | null;
}

export interface Verification {
  readonly identical: boolean;
  /** Steps that the repetition took, up to and with the first difference. */
  readonly steps: number;
  /** Of the repetition, after those steps. */
  readonly digest: string;
  readonly firstDifference: Difference | null;
}

export interface Verifier {
  /** Takes up to so many more steps. Returns the result once it is known, else null. */
  advance(steps: number): Verification | null;
  readonly step: number;
  readonly nowUs: Micros;
}

/** Repeats the run of `spec` from its start and compares as it goes. `spec` is built from the recording's inputs. */
export function verify(recording: Recording, spec: RunSpec): Verification {
  const verifier = createVerifier(recording, spec);
  for (;;) {
    const result = verifier.advance(CHUNK_STEPS);
    if (result !== null) return result;
  }
}

/**
 * The same in pieces, for callers that have more to do. `run`, if given, stands at its start; whoever advances it is verified as
 * well. Throws a RangeError when the digests are not base64.
 */
export function createVerifier(recording: Recording, spec: RunSpec, run: Run = createRun(spec)): Verifier {
  const bytes = decodeBase64(recording.digestBytes);
  if (bytes === null) throw new RangeError('digestBytes: not base64');
  let difference: Difference | null = null;
  run.observe({
    stepped(event, outcome) {
      difference ??= compareStep(recording, bytes, run, event, outcome);
    },
  });
  return {
    get step() {
      return run.step;
    },
    get nowUs() {
      return run.nowUs;
    },
    advance(steps) {
      const verdict = run.advance(run.step + steps);
      if (difference === null && verdict !== null) difference = compareEnd(recording, run);
      if (difference === null && verdict === null) return null;
      return {
        identical: difference === null,
        steps: difference?.step ?? run.step,
        digest: run.digest,
        firstDifference: difference,
      };
    },
  };
}

/** So few that a difference is soon reported, so many that the guard's cost does not show. */
const CHUNK_STEPS = 4_096;

function compareStep(recording: Recording, bytes: Uint8Array, run: Run, event: SimEvent, outcome: Outcome): Difference | null {
  // Observers hear of a step when it is taken, so the run's own count already includes it.
  const { step } = run;
  const seen = { step, timeUs: run.nowUs, event: describeStep(event, outcome) };
  const byte = bytes[step - 1];
  if (byte === undefined) return { ...seen, what: 'length', recorded: `${recording.steps} steps`, repeated: 'more' };
  if (byte !== run.digestByte) return { ...seen, what: 'digest', recorded: hexByte(byte), repeated: hexByte(run.digestByte) };
  if (step % FULL_DIGEST_EVERY !== 0) return null;
  const full = recording.digests[step / FULL_DIGEST_EVERY - 1] ?? '';
  return full === run.digest ? null : { ...seen, what: 'digest', recorded: full, repeated: run.digest };
}

function compareEnd(recording: Recording, run: Run): Difference | null {
  const seen = { step: run.step, timeUs: run.nowUs, event: null };
  if (run.step < recording.steps) {
    return { ...seen, step: run.step + 1, what: 'length', recorded: `${recording.steps} steps`, repeated: `${run.step} steps` };
  }
  if (run.digest !== recording.digest) return { ...seen, what: 'digest', recorded: recording.digest, repeated: run.digest };
  const recorded = describeVerdict(recording.verdict, recording.violation);
  const repeated = describeVerdict(run.verdict ?? 'undecided', run.violation);
  return recorded === repeated ? null : { ...seen, what: 'verdict', recorded, repeated };
}

function describeVerdict(verdict: string, violation: Run['violation']): string {
  if (violation === null) return verdict;
  const { property, kind, step, timeUs, message } = violation;
  return `${verdict}: ${property} (${kind}) at step ${step}, ${timeUs} us: ${message}`;
}

/** One step in words: who, what, from whom, and what became of it. */
export function describeStep(event: SimEvent, outcome: Outcome): string {
  const target = event.target?.name ?? 'world';
  const from = event.source !== null && event.source !== event.target ? ` from ${event.source.name}` : '';
  return `${target}: ${event.kind.describe(event.body)}${from}${outcome === 'handled' ? '' : ` (${outcome})`}`;
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

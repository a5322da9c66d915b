/** Watches a run from its first step and turns it into a recording. */
import type { Run } from '../sim/index.ts';
import { encodeBase64 } from './base64.ts';
import { FORMAT, FULL_DIGEST_EVERY, hashInputs, inputsOf, type Inputs, type Recording } from './recording.ts';

/** Who made a recording. */
export interface Origin {
  /** Version of Quorate. */
  readonly quorate: string;
  /** Hash of the shipped sources. */
  readonly build: string;
}

export interface Recorder {
  /** The recording of the run as far as it has come. Throws when the run has no verdict yet. */
  recording(inputs: Inputs, origin: Origin): Recording;
}

/** Starts to record. Throws a RangeError when the run has already taken a step: what is missing cannot be made up. */
export function record(run: Run): Recorder {
  if (run.step > 0) throw new RangeError(`the run has already taken ${run.step} steps: recording begins before the first`);
  let bytes = new Uint8Array(4_096);
  let steps = 0;
  const digests: string[] = [];
  run.observe({
    stepped() {
      if (steps === bytes.length) bytes = grown(bytes);
      bytes[steps++] = run.digestByte;
      if (steps % FULL_DIGEST_EVERY === 0) digests.push(run.digest);
    },
  });
  return {
    recording(inputs, { quorate, build }) {
      if (run.verdict === null) throw new Error('the run is not over: there is no verdict to record');
      return {
        quorate,
        format: FORMAT,
        build,
        ...inputsOf(inputs),
        verdict: run.verdict,
        violation: run.violation,
        steps,
        digest: run.digest,
        digests: digests.slice(),
        digestBytes: encodeBase64(bytes.subarray(0, steps)),
        inputHashes: hashInputs(inputs),
      };
    },
  };
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

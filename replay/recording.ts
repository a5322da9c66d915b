/**
 * The recording of a run: all that is needed to execute it again, and a digest of every step to hold the repetition against.
 * Everything else is re-executed.
 */
import type { Fault, Micros, Topology, Verdict, Violation } from '../sim/index.ts';
import { hashValue } from './value-hash.ts';

/** The format that this version writes, and the only one it reads. */
export const FORMAT = 1;

/** A full digest is kept of every step whose number is a multiple of this. */
export const FULL_DIGEST_EVERY = 256;

/** The file of the user's own that a scenario came from. */
export interface UserFile {
  /** Relative to the folder of the recording, with `/`. */
  readonly path: string;
  /** `module`: code, needed to run again. `data`: a declarative scenario, all of which is in the recording. */
  readonly kind: 'module' | 'data';
  /** Over the file and, for code, every file of the user's that it loaded. */
  readonly hash: string;
}

/** What decides a run. `design` and `workload` are the model's own data; here they are merely kept. */
export interface Inputs {
  readonly scenario: string;
  readonly userFile: UserFile | null;
  readonly seed: number;
  readonly design: object;
  readonly defects: readonly string[];
  readonly topology: Topology;
  readonly faults: readonly Fault[];
  readonly workload: readonly object[];
  readonly healAtUs: Micros;
  readonly endUs: Micros;
  /** Changes made to a running simulation. None can be recorded yet. */
  readonly interventions: readonly never[];
}

export interface Recording extends Inputs {
  /** Version of the Quorate that wrote it. */
  readonly quorate: string;
  readonly format: typeof FORMAT;
  /** Hash of the shipped sources that made the run. */
  readonly build: string;
  readonly verdict: Verdict;
  readonly violation: Violation | null;
  readonly steps: number;
  /** After the last step. */
  readonly digest: string;
  /** After steps 256, 512, …. */
  readonly digests: readonly string[];
  /** The digest's lowest byte after each step; base64. */
  readonly digestBytes: string;
  /** A hash of each field of the inputs, so that an edit is told apart from a difference. */
  readonly inputHashes: Readonly<Record<keyof Inputs, string>>;
}

const INPUT_FIELDS = [
  'scenario',
  'userFile',
  'seed',
  'design',
  'defects',
  'topology',
  'faults',
  'workload',
  'healAtUs',
  'endUs',
  'interventions',
] as const satisfies readonly (keyof Inputs)[];

/** The inputs in a recording, without anything else. */
export function inputsOf(recording: Inputs): Inputs {
  const { scenario, userFile, seed, design, defects, topology, faults, workload, healAtUs, endUs, interventions } = recording;
  return { scenario, userFile, seed, design, defects, topology, faults, workload, healAtUs, endUs, interventions };
}

export function hashInputs(inputs: Inputs): Readonly<Record<keyof Inputs, string>> {
  return Object.fromEntries(INPUT_FIELDS.map((field) => [field, hashValue(inputs[field])])) as Record<keyof Inputs, string>;
}

/** The fields of the inputs that somebody changed after the recording was made. */
export function editedInputs(recording: Recording): (keyof Inputs)[] {
  const hashes = hashInputs(recording);
  return INPUT_FIELDS.filter((field) => hashes[field] !== recording.inputHashes[field]);
}

/** The text of a recording file. */
export function formatRecording(recording: Recording): string {
  return `${JSON.stringify(recording, null, 1)}\n`;
}

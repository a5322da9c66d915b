/**
 * The memory of any run built on `quorate/sim`: recordings, verification, seeking in both directions, and
 * the judgement of its clients' history.
 */
export { HistoryBuilder, HistoryError, type HistoryEvent } from './check/history.ts';
export { linearizability, type Refutation, type Standing, type Verdict } from './check/linearizability.ts';
export { models } from './check/models/index.ts';
export type { Model } from './check/models/model.ts';
export type { Value } from './check/value.ts';
export { ddmin } from './shrink/ddmin.ts';
export { shrink, type ShrinkOptions } from './shrink/shrink.ts';
export type { Failed, Trials } from './shrink/trials.ts';
export { createSeeker, type Seeker, type SeekOptions } from './seek.ts';
export { createVerifier, describeStep, verify, type Difference, type Verification, type Verifier } from './verify.ts';
export {
  editedInputs,
  formatRecording,
  FORMAT,
  FULL_DIGEST_EVERY,
  type Inputs,
  type Recording,
  type UserFile,
} from './recording.ts';
export { faultSchema, topologySchema } from './input-schema.ts';
export { canonical, hashValue } from './value-hash.ts';
export { readRecording, RecordingError } from './read-recording.ts';
export { record, type Origin, type Recorder } from './recorder.ts';

/** The memory of any run built on `quorate/sim`: recordings, verification, seeking in both directions. */
export { ddmin } from './shrink/ddmin.ts';
export { shrink, type ShrinkOptions } from './shrink/shrink.ts';
export type { Failed, Trials } from './shrink/trials.ts';
export { createSeeker, type Seeker, type SeekOptions } from './seek.ts';
export { createVerifier, describeStep, verify, type Difference, type Verification, type Verifier } from './verify.ts';
export { editedInputs, formatRecording, FORMAT, FULL_DIGEST_EVERY, type Inputs, type Recording, type UserFile } from './recording.ts';
export { faultSchema, topologySchema } from './input-schema.ts';
export { canonical, hashValue } from './value-hash.ts';
export { readRecording, RecordingError } from './read-recording.ts';
export { record, type Origin, type Recorder } from './recorder.ts';

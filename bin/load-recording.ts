/** Recordings that are read, and what each needs to be executed again. */
import { dirname, resolve } from 'node:path';
import type { Recording } from '../replay/recording.ts';
import { readRecording, RecordingError } from '../replay/read-recording.ts';
import { UsageError } from './exit-status.ts';
import type { Source } from './execution/job.ts';
import { findSource, readText } from './execution/load-scenario.ts';

/** Throws a UsageError when the file cannot be read or is not a recording that this version reads. */
export function loadRecording(path: string): Recording {
  try {
    return readRecording(readText(path));
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    throw new UsageError(`${path}: ${error.message}`, { cause: error });
  }
}

/** Where the scenario of a recording comes from. Throws a UsageError when it is gone. */
export async function sourceOf(recording: Recording, path: string): Promise<Source> {
  const { scenario, userFile } = recording;
  if (userFile === null) return findSource(scenario);
  if (userFile.kind === 'data') return { kind: 'recorded', name: scenario, userFile };
  return findSource(resolve(dirname(path), userFile.path));
}

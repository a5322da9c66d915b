/** Recordings that are read, and what each needs to be executed again. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { editedInputs, type Recording } from '../replay/recording.ts';
import { describeIssue, readRecording, RecordingError } from '../replay/read-recording.ts';
import { checkDefects } from './commands/options.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import type { Source } from './execution/job.ts';
import { findSource, readText, shownPath } from './execution/load-scenario.ts';
import { buildHash } from './package-info.ts';

/**
 * Throws a UsageError when the file cannot be read or is not a recording that this version reads. What was edited since it was
 * recorded is held against what a person may write; the rest is as Quorate wrote it.
 */
export async function loadRecording(path: string): Promise<Recording> {
  const recording = parse(path);
  const edited = editedInputs(recording);
  if (edited.includes('design')) await checkField(path, 'design', recording.design);
  if (edited.includes('workload')) await checkField(path, 'workload', recording.workload);
  if (edited.includes('defects')) await checkDefects(recording.defects, `${path}: defects`);
  if (recording.endUs <= recording.healAtUs) throw new UsageError(`${path}: endUs: should be later than healAtUs`);
  return recording;
}

/** The status with which a command ends that finds nothing wrong: not as clean where another build recorded the run, which is then said. */
export function statusAtBest(path: string, { quorate, build }: Recording): ExitStatus {
  if (build === buildHash()) return ExitStatus.clean;
  process.stderr.write(`quorate: ${path}: recorded by another build (Quorate ${quorate}, ${build}): what this one makes of it decides nothing about that run\n`);
  return ExitStatus.undecided;
}

function parse(path: string): Recording {
  try {
    return readRecording(readText(path));
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    throw new UsageError(`${path}: ${error.message}`, { cause: error });
  }
}

async function checkField(path: string, field: 'design' | 'workload', value: unknown): Promise<void> {
  const { wholeDesignSchema } = await import('../scenarios/load/design-schema.ts');
  const { intentSchema } = await import('../scenarios/load/declarative.ts');
  const result = (field === 'design' ? wholeDesignSchema : intentSchema.array()).safeParse(value);
  if (!result.success) throw new UsageError(`${path}: ${describeIssue(result.error, [field])}`);
}

/** Where the scenario of a recording comes from. Throws a UsageError when it is gone. */
export async function sourceOf(recording: Recording, path: string): Promise<Source> {
  const { scenario, userFile } = recording;
  if (userFile === null) return findSource(scenario);
  if (userFile.kind === 'data') return { kind: 'recorded', name: scenario, userFile };
  const file = resolve(dirname(path), userFile.path);
  if (!existsSync(file)) throw new UsageError(`${path}: the scenario file that it was recorded with is not there: ${shownPath(file)}`);
  return findSource(file);
}

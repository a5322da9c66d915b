/** Recordings that are read, and what each needs to be executed again. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { editedInputs, type Recording, type UserFile } from '../replay/recording.ts';
import { describeIssue, readRecording, RecordingError } from '../replay/read-recording.ts';
import type { Scenario } from '../scenarios/define-scenario.ts';
import { checkDefects } from './commands/options.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import type { Source } from './execution/job.ts';
import { findSource } from './execution/load-scenario.ts';
import { readText, shownPath } from './reading.ts';
import { buildHash } from './package-info.ts';

/**
 * Throws a UsageError when the file cannot be read or is not a recording that this version reads. What was edited since it was
 * recorded is held against what a person may write; the rest is as Quorate wrote it.
 */
export async function loadRecording(path: string): Promise<Recording> {
  const recording = parse(path);
  const edited = editedInputs(recording);
  if (edited.includes('design')) await checkDesign(path, recording);
  if (edited.includes('workload')) await checkOperations(path, recording);
  if (edited.includes('defects')) await checkDefects(recording.defects, `${path}: defects`);
  // A search that judges safety alone ends its runs with their faults; a person gives goals their time.
  if (edited.some((field) => field === 'healAtUs' || field === 'endUs') && recording.endUs <= recording.healAtUs) {
    throw new UsageError(`${path}: endUs: should be later than healAtUs`);
  }
  if (edited.some((field) => field === 'healAtUs' || field === 'faults')) await checkFaultTimes(path, recording);
  return recording;
}

/**
 * The status with which a command ends that finds nothing wrong: not as clean where another build
 * recorded the run, which is then said.
 */
export function statusAtBest(path: string, { quorate, build }: Recording): ExitStatus {
  if (build === buildHash()) return ExitStatus.clean;
  process.stderr.write(
    `quorate: ${path}: recorded by another build (Quorate ${quorate}, ${build}): what this one makes of it decides nothing about that run\n`,
  );
  return ExitStatus.undecided;
}

/** The same once the user's file is loaded: no more than undecided where it is not what it was, which is then said. */
export function statusWithFile(atBest: ExitStatus, path: string, { userFile }: Recording, loaded: UserFile | null): ExitStatus {
  if (loaded?.hash === userFile?.hash) return atBest;
  process.stderr.write(
    `quorate: ${path}: userFile was edited since it was recorded: what comes of it now decides nothing about that run\n`,
  );
  return ExitStatus.undecided;
}

/** Why there is nothing to be done with a recording whose run does not fail; `loaded` is the user's file as it is now. */
export function doesNotFail(path: string, recording: Recording, loaded: UserFile | null, toDo: string): UsageError {
  const edited: string[] = editedInputs(recording);
  const { userFile } = recording;
  if (userFile !== null && userFile.hash !== loaded?.hash) edited.push(shownPath(resolve(dirname(path), userFile.path)));
  const why =
    edited.length > 0 ? `: since it was recorded somebody edited ${edited.join(', ')}` : ` (quorate replay ${path} --verify)`;
  return new UsageError(`${path}: it does not fail here, so there is nothing to ${toDo}${why}`);
}

function parse(path: string): Recording {
  try {
    return readRecording(readText(path));
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    throw new UsageError(`${path}: ${error.message}`, { cause: error });
  }
}

async function checkDesign(path: string, { design }: Recording): Promise<void> {
  const { wholeDesignSchema } = await import('../scenarios/load/design-schema.ts');
  const { designConflict } = await import('../scenarios/load/design-conflict.ts');
  const result = wholeDesignSchema.safeParse(design);
  if (!result.success) throw new UsageError(`${path}: ${describeIssue(result.error, ['design'])}`);
  const conflict = designConflict(result.data);
  if (conflict !== null) throw new UsageError(`${path}: design: ${conflict}`);
}

async function checkOperations(path: string, recording: Recording): Promise<void> {
  const { checkWorkload } = await import('../scenarios/load/checked-scenario.ts');
  try {
    checkWorkload(recording.workload, await builtBy(recording));
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`${path}: ${error.message}`, { cause: error }) : error;
  }
}

/**
 * Whose clients the workload is for. Code of the user's is not loaded here: whoever runs the recording checks its workload then.
 */
async function builtBy({ scenario, userFile }: Recording): Promise<Pick<Scenario, 'build'>> {
  if (userFile !== null) return userFile.kind === 'data' ? {} : { build: () => undefined };
  const { catalogue } = await import('../scenarios/catalogue/index.ts');
  return catalogue.find(({ name }) => name === scenario) ?? {};
}

async function checkFaultTimes(path: string, { faults, healAtUs }: Recording): Promise<void> {
  const { lateFault } = await import('../scenarios/define-scenario.ts');
  const late = faults.findIndex(({ at }) => at >= healAtUs);
  if (late >= 0) throw new UsageError(`${path}: faults[${late}].at: ${lateFault(healAtUs)}`);
}

/** Where the scenario of a recording comes from. Throws a UsageError when it is gone. */
export async function sourceOf(recording: Recording, path: string): Promise<Source> {
  return { ...(await scenarioOf(recording, path)), recording: path };
}

async function scenarioOf({ scenario, userFile }: Recording, path: string): Promise<Source> {
  if (userFile === null) return findSource(scenario);
  if (userFile.kind === 'data') return { kind: 'recorded', name: scenario, userFile };
  const file = resolve(dirname(path), userFile.path);
  if (!existsSync(file))
    throw new UsageError(
      `${path}: the scenario file that it was recorded with is not there: ${shownPath(file)}: the recording names it relative to its own folder, so move both together, or set userFile.path in the recording to where it is now`,
    );
  return findSource(file);
}

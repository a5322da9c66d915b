/** `quorate step`: looks at a run event by event, forwards and backwards, in the terminal. */
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import { editedInputs, type Recording } from '../../replay/recording.ts';
import { createSeeker } from '../../replay/seek.ts';
import type { Scenario } from '../../scenarios/define-scenario.ts';
import { plan, runSpec } from '../../scenarios/run-spec.ts';
import type { RunSpec } from '../../sim/index.ts';
import { expectOutcome } from '../execution/expect-outcome.ts';
import type { Job, Source } from '../execution/job.ts';
import { findSource, loadScenario, type LoadedScenario } from '../execution/load-scenario.ts';
import { checkRecordedPlan } from '../execution/run-job-here.ts';
import { planOf } from '../execution/recorded-scenario.ts';
import { runJobAtTerminal } from '../execution/run-job-at-terminal.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import { loadRecording, sourceOf } from '../load-recording.ts';
import { buildHash } from '../package-info.ts';
import { runJson, runText } from '../reporters/run-report.ts';
import { reproduceRecording, reproduceRun } from '../reproduce.ts';
import { Details } from '../ui/details.ts';
import { createModel, type Model, type Session } from '../ui/model.ts';
import { plainTimeline, timelineJson } from '../ui/plain-timeline.ts';
import { Stepper } from '../ui/stepper.ts';
import { Survey } from '../ui/survey.ts';
import { isTerminal, openTerminal } from '../ui/terminal.ts';
import { initialViewState } from '../ui/view-state.ts';
import { checkDefects, loadDesign, parseCount, parseSeed, parseTimeout, TIMEOUT, TIMEOUT_HELP } from './options.ts';
import { statusOf } from './run.ts';

interface Options {
  readonly seed?: string;
  readonly design?: string;
  readonly defect: readonly string[];
  readonly at?: string;
  readonly timeout: string;
  readonly json?: true;
}

interface Opened {
  readonly session: Session;
  readonly spec: RunSpec;
}

/** What to open, before any code of the user's was touched. */
interface Asked {
  readonly source: Source;
  readonly recordingFolder: string;
  /** The run, as a job that could be done elsewhere. */
  readonly job: Job;
  readonly repro: string;
  open(loaded: LoadedScenario): Opened;
}

const DEFAULT_SCENARIO = 'steady';
const RECORDING = /\.quorate\.json$/;
/** A platform takes about 200,000 steps a second: a seek takes a tenth of a second then, up to a million events. */
const SEEK_INTERVAL = 20_000;
const PARKED_MAX = 64;
/** Without a terminal the run goes to its end in such slices, so that an interrupt is heard. */
const SLICE_EVENTS = 20_000;

const HELP = `
Inside, ? shows the keys. The exit status is 0 whatever the verdict of the run.
If your own code loops, or crashes before there is anything to show, it is
reported as by \`quorate run\`: status 1, and with --json the document of run.`;

export function define(command: Command): void {
  command
    .argument(
      '[scenario or recording]',
      'a name from the catalogue, a file of your own, or a recording *.quorate.json',
      DEFAULT_SCENARIO,
    )
    .option('--seed <seed>', 'what all randomness is drawn from: 0 to 2^53-1 (default: 1)')
    .option('--design <file>', 'values that differ from the default design, as .yaml or .json')
    .option('--defect <id...>', 'switch defects on (quorate list defects)', [])
    .option('--at <event>', 'where to begin: the number of an event, or `violation`')
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'the timeline as one JSON document on stdout, without a terminal')
    .addHelpText('after', HELP)
    .action(step);
}

async function step(argument: string, options: Options): Promise<void> {
  const at = options.at === 'violation' ? options.at : parseCount('--at', options.at ?? '0', 0, ', or violation');
  const stuckMs = await parseTimeout(options.timeout);
  const asked = RECORDING.test(argument) ? await askRecording(argument, options) : await askScenario(argument, options);
  if (asked.source.kind === 'module' && !(await comesToAnEnd(asked, argument, stuckMs, options))) return;
  // Ink brings the screen of before back when the process ends.
  process.once('SIGTERM', () => process.exit(ExitStatus.interrupted));
  const { session, spec } = asked.open(await loadScenario(asked.source, asked.recordingFolder));
  const source = createSeeker(spec, { interval: SEEK_INTERVAL, parkedMax: PARKED_MAX });
  const model = createModel(session, new Survey(spec), new Details(spec, source));
  if (options.json || !isTerminal()) return printed(model, argument, at, options);

  const stepper = new Stepper(initialViewState(process.stdout.columns, process.stdout.rows, at), model, source);
  const { cursor, exit, reproduced } = await openTerminal(stepper);
  if (reproduced) process.stdout.write(`${session.reproduce(cursor)}\n`);
  process.exitCode = exit === 'interrupted' ? ExitStatus.interrupted : ExitStatus.clean;
}

/**
 * Here a loop in the user's code would hang the terminal with no way out. So the run is made once in a thread under the watchdog:
 * what ends there ends here as well. False when there is nothing to look at; then that is reported.
 */
async function comesToAnEnd({ job, repro }: Asked, label: string, stuckMs: number, { json }: Options): Promise<boolean> {
  const outcome = await runJobAtTerminal(job, label, stuckMs);
  const { run } = expectOutcome(outcome, 'run');
  // A crash inside a process has its recording, and can be looked at.
  if (!run.interrupted && (run.crash === null || run.recording !== null)) return true;
  const report = { outcome: run, recording: null, repro };
  process.stdout.write(`${json ? JSON.stringify(runJson(report), null, 2) : runText(report)}\n`);
  process.exitCode = statusOf(run, true);
  return false;
}

async function askScenario(argument: string, options: Options): Promise<Asked> {
  const seed = parseSeed(options.seed ?? '1');
  const source = await findSource(argument);
  const { defect: defects } = options;
  await checkDefects(defects);
  const design = await loadDesign(options.design);
  const repro = reproduceRun({ scenario: argument, seed, defects, design: options.design, until: undefined });
  const recordingFolder = process.cwd();
  return {
    source,
    recordingFolder,
    job: { do: 'run', source, seed, design, defects, swarm: false, untilUs: null, recordingFolder },
    repro,
    open: ({ scenario }) => ({
      session: sessionOf(scenario, { seed, defects, note: null, repro }),
      spec: runSpec(scenario, plan({ scenario, seed, design, defects })),
    }),
  };
}

async function askRecording(path: string, options: Options): Promise<Asked> {
  const fixed = [
    options.seed === undefined ? '' : '--seed',
    options.design === undefined ? '' : '--design',
    options.defect.length === 0 ? '' : '--defect',
  ];
  const given = fixed.find((option) => option !== '');
  if (given !== undefined) throw new UsageError(`${given} does not go with a recording: ${path} says what was run`);
  const recording = await loadRecording(path);
  const source = await sourceOf(recording, path);
  const { seed, defects } = recording;
  const repro = reproduceRecording(path);
  const recordingFolder = dirname(resolve(path));
  return {
    source,
    recordingFolder,
    job: { do: 'repeat', source, plan: planOf(recording), toStep: null, recordingFolder },
    repro,
    open(loaded) {
      checkRecordedPlan({ plan: planOf(recording), source }, loaded);
      const { scenario } = loaded;
      return {
        session: sessionOf(scenario, { seed, defects, note: noteOf(recording, loaded), repro }),
        spec: runSpec(scenario, planOf(recording)),
      };
    },
  };
}

function sessionOf(
  { name, challenges }: Scenario,
  { repro, ...rest }: Pick<Session, 'seed' | 'defects' | 'note'> & { readonly repro: string },
): Session {
  return { scenario: name, challenges: challenges ?? null, reproduce: standingAt(repro), ...rest };
}

/** Why this may not be the run that was recorded; null when nothing speaks against it. */
function noteOf(recording: Recording, { userFile }: LoadedScenario): string | null {
  const edited: string[] = editedInputs(recording);
  if (userFile?.hash !== recording.userFile?.hash) edited.push('userFile');
  if (edited.length > 0) return `${edited.join(', ')} edited since it was recorded: a new run`;
  return recording.build === buildHash() ? null : `recorded by another build (Quorate ${recording.quorate}, ${recording.build})`;
}

/** The command of `run` or `replay` as one that stands at an event. */
function standingAt(command: string): (event: number) => string {
  return (event) => `${command.replace(/\bquorate (?:run|replay)\b/, 'quorate step')} --at ${event}`;
}

async function printed(model: Model, label: string, at: number | 'violation', { json }: Options): Promise<void> {
  const { note } = model.session;
  if (note !== null) process.stderr.write(`quorate: ${label}: ${note}\n`);
  if (!json) process.stderr.write('quorate: this is no terminal: printing the timeline\n');
  while (!model.survey.advance(SLICE_EVENTS)) await setImmediate();
  const { length } = model.survey.trace;
  if (at !== 'violation' && at > length) throw new UsageError(`--at ${at}: the run ends after ${length} events`);
  if (json) {
    process.stdout.write(`${JSON.stringify(timelineJson(model), null, 2)}\n`);
    return;
  }
  for (const text of plainTimeline(model)) {
    if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
  }
}

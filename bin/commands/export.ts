/** `quorate export`: a recording in a form for others: a page that executes it again in any browser, a trace, or a history. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_BUDGET } from '../../replay/explain/explain.ts';
import { editedInputs, type Recording } from '../../replay/recording.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import { shownPath } from '../reading.ts';
import { explainRecording } from '../execution/explain-recording.ts';
import { traceRecording } from '../execution/trace-recording.ts';
import { extensions, FORMATS, openedBy, written, type Format, type TraceFormat } from '../export/formats.ts';
import { htmlPage } from '../export/html-page.ts';
import { endInterrupted } from '../interrupted.ts';
import { loadRecording } from '../load-recording.ts';
import { origin } from '../package-info.ts';
import { asAsked, writeWhole } from '../writing.ts';
import { parseCount, TIMEOUT_MS } from './options.ts';

const UNEXPLAINED = { explanation: null, interrupted: false } as const;

interface Options {
  readonly format: string;
  readonly output?: string;
  readonly budget: string;
  readonly explanation: boolean;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<recording>', 'a file *.quorate.json')
    .requiredOption(
      '--format <format>',
      'html: one page that executes the run again in a browser,\nwithout a network; perfetto: every step on a track for each process;\nshiviz: which event of a process led to which of another,\nwith vector clocks;\nedn: the requests of clients and their answers, as a Jepsen history',
    )
    .option('--output <file>', 'where to write it (default: beside the recording)')
    .option('--budget <runs>', 'html: how many runs may be tried for the explanation', String(DEFAULT_BUDGET))
    .option('--no-explanation', 'html: leave the explanation out')
    .option('--json', 'one JSON document on stdout')
    .action(exportRecording);
}

async function exportRecording(path: string, options: Options): Promise<void> {
  const format = await parseFormat(options.format);
  const budget = parseCount('--budget', options.budget, 0);
  const recording = await loadRecording(path);
  const text =
    format === 'html' ? await pageOf(path, recording, options.explanation, budget) : await traceText(path, recording, format);
  if (text === null) {
    endInterrupted(
      `interrupted; nothing was written${format === 'html' ? ' (--no-explanation is the quickest)' : ''}`,
      options.json ? { format, recording: path } : null,
    );
    return;
  }
  const file = targetOf(path, format, options.output);
  asAsked(options.output === undefined ? shownPath(file) : `--output ${options.output}`, () => writeWhole(file, text));
  const sameBuild = origin().build === recording.build;
  const report = { format, recording: path, file: shownPath(file), bytes: Buffer.byteLength(text), sameBuild };
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : inWords(report, recording)}\n`);
  process.exitCode = sameBuild ? ExitStatus.clean : ExitStatus.undecided;
}

/** Null when it was interrupted. */
async function pageOf(path: string, recording: Recording, wantsExplanation: boolean, budget: number): Promise<string | null> {
  checkPortable(path, recording);
  const { explanation, interrupted } = wantsExplanation
    ? await explainRecording(path, recording, budget, TIMEOUT_MS)
    : UNEXPLAINED;
  return interrupted ? null : htmlPage({ recording, fileName: basename(path), explanation, engine: origin() });
}

/** Null when it was interrupted. */
async function traceText(path: string, recording: Recording, format: TraceFormat): Promise<string | null> {
  checkUnedited(path, recording);
  const trace = await traceRecording(path, recording, TIMEOUT_MS);
  return trace === null ? null : written(format, trace);
}

async function parseFormat(text: string): Promise<Format> {
  const known = FORMATS.find((format) => format === text);
  if (known !== undefined) return known;
  const { unknownName } = await import('../../scenarios/nearest.ts');
  throw new UsageError(`--format: ${unknownName('format', text, FORMATS)} (${FORMATS.join(', ')})`);
}

/** A page has the platform in it, and no code of the user's; and what was edited has no digests to be held against. */
function checkPortable(path: string, recording: Recording): void {
  const { userFile } = recording;
  if (userFile?.kind === 'module') {
    throw new UsageError(
      `${path}: its scenario is code of your own (${userFile.path}), which the page cannot execute: look at it with quorate step ${path}`,
    );
  }
  checkUnedited(path, recording);
}

function checkUnedited(path: string, recording: Recording): void {
  const [field] = editedInputs(recording);
  if (field !== undefined)
    throw new UsageError(
      `${path}: ${field} was edited since it was recorded: replay it with --output, and export the new recording`,
    );
}

function targetOf(path: string, format: Format, output: string | undefined): string {
  const name = `${basename(path).replace(/(?:\.quorate)?\.json$/, '')}.${extensions[format]}`;
  if (output === undefined) return join(dirname(resolve(path)), name);
  const chosen = resolve(output);
  return existsSync(chosen) && statSync(chosen).isDirectory() ? join(chosen, name) : chosen;
}

interface Report {
  readonly format: Format;
  readonly file: string;
  readonly bytes: number;
  readonly sameBuild: boolean;
}

function inWords({ format, file, bytes, sameBuild }: Report, { build, quorate }: Recording): string {
  const lines = [
    `${file}: ${bytes < 100_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(2)} MB`}, ${openedBy[format]}`,
  ];
  if (!sameBuild)
    lines.push(
      `  recorded by another build (Quorate ${quorate}, ${build}): ${format === 'html' ? 'the page executes it' : 'it was executed'} with this one, so what it finds decides nothing`,
    );
  return lines.join('\n');
}

/** `quorate explain`: how a failure came about, what was needed for it, and who knew what when. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_BUDGET } from '../../replay/explain/explain.ts';
import { sequenceOf } from '../../replay/explain/sequence.ts';
import { explainRecording } from '../execution/explain-recording.ts';
import { endInterrupted } from '../interrupted.ts';
import { doesNotFail, loadRecording, statusAtBest, statusWithFile } from '../load-recording.ts';
import { asciiOf, wantsAscii } from '../reporters/ascii.ts';
import { explainJson, explainText, type ExplainReport } from '../reporters/explain-report.ts';
import { sequenceSvg } from '../reporters/sequence-svg.ts';
import { lifelinesWithin, sequenceText } from '../reporters/sequence-text.ts';
import { reproduceRecording } from '../reproduce.ts';
import { asAsked, writeWhole } from '../writing.ts';
import { parseCount, parseTimeout, TIMEOUT, TIMEOUT_HELP } from './options.ts';

interface Options {
  readonly budget: string;
  readonly svg?: string;
  readonly diagram?: true;
  readonly timeout: string;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<recording>', 'a file *.quorate.json of a run that failed\n(quorate shrink makes it small)')
    .option(
      '--budget <runs>',
      'how many runs may be tried with something left out, to find what the failure depends on; 0: none',
      String(DEFAULT_BUDGET),
    )
    .option('--svg <file>', 'write a sequence diagram (SVG) there')
    .option('--diagram', 'draw it in text below the story, as wide as the terminal')
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      '\nA fault, operation or message is needed if the run without it does not fail.\nA message on a connection is left out by breaking the connection there.',
    )
    .action(explain);
}

async function explain(path: string, options: Options): Promise<void> {
  const budget = parseCount('--budget', options.budget, 0);
  const stuckMs = await parseTimeout(options.timeout);
  const recording = await loadRecording(path);
  const atBest = statusAtBest(path, recording);
  const { explanation, interrupted, userFile } = await explainRecording(path, recording, budget, stuckMs);
  const repro = reproduceRecording(path);
  if (interrupted) {
    endInterrupted(
      'interrupted before there was an explanation; nothing was written (--budget 0 is the quickest)',
      options.json ? { repro } : null,
    );
    return;
  }
  if (explanation === null) throw doesNotFail(path, recording, userFile, 'explain');
  const { svg = null } = options;
  if (svg !== null) asAsked(`--svg ${svg}`, () => writeWhole(resolve(svg), sequenceSvg(sequenceOf(explanation))));
  const report = { explanation, svg, repro };
  process.stdout.write(`${options.json ? JSON.stringify(explainJson(report), null, 2) : inWords(report, options)}\n`);
  process.exitCode = statusWithFile(atBest, path, recording, userFile);
}

function inWords(report: ExplainReport, { diagram }: Options): string {
  const width = Math.max(process.stdout.columns ?? WIDTH_ELSEWHERE, WIDTH_LEAST);
  const text = explainText(report, diagram ? sequenceText(sequenceOf(report.explanation, lifelinesWithin(width)), width) : null);
  return wantsAscii(process.env) ? asciiOf(text) : text;
}

/** Columns, where no terminal says how many there are. */
const WIDTH_ELSEWHERE = 100;
/** Below, nothing can be told apart. */
const WIDTH_LEAST = 60;

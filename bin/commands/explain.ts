/** `quorate explain`: how a failure came about, what was needed for it, and who knew what when. */
import type { Command } from 'commander';
import { DEFAULT_BUDGET } from '../../replay/explain/explain.ts';
import { explainRecording } from '../execution/explain-recording.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import { loadRecording } from '../load-recording.ts';
import { explainJson, explainText } from '../reporters/explain-report.ts';
import { reproduceRecording } from '../reproduce.ts';
import { parseCount, parseTime, TIMEOUT, TIMEOUT_HELP } from './options.ts';

interface Options {
  readonly budget: string;
  readonly timeout: string;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .argument('<recording>', 'a file *.quorate.json of a run that failed; best a small one (quorate shrink)')
    .option('--budget <runs>', 'runs to try with something left out, to see what the failure hung on; 0: none', String(DEFAULT_BUDGET))
    .option('--timeout <time>', TIMEOUT_HELP, TIMEOUT)
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nA fault, operation or message is needed when the run without it does not\nfail any more. Messages on a connection are left out by breaking it there.')
    .action(explain);
}

async function explain(path: string, options: Options): Promise<void> {
  const budget = parseCount('--budget', options.budget, 0);
  const stuckMs = (await parseTime('--timeout', options.timeout, 100_000)) / 1_000;
  const recording = await loadRecording(path);
  const { explanation, interrupted } = await explainRecording(path, recording, budget, stuckMs);
  if (interrupted) {
    process.exitCode = ExitStatus.interrupted;
    return;
  }
  if (explanation === null) throw new UsageError(`${path}: it does not fail here, so there is nothing to explain (quorate replay ${path} --verify)`);
  const report = { explanation, repro: reproduceRecording(path) };
  process.stdout.write(`${options.json ? JSON.stringify(explainJson(report), null, 2) : explainText(report)}\n`);
}

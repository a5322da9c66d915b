/**
 * `quorate check`: judges histories that Jepsen, or an export, has written: is there an order in which
 * all that clients were told is true?
 */
import type { Command } from 'commander';
import { models } from '../../replay/check/models/index.ts';
import type { Model } from '../../replay/check/models/model.ts';
import type { Value } from '../../replay/check/value.ts';
import { unknownName } from '../../scenarios/nearest.ts';
import { judgeFile, type Judged, type Request } from '../check/judge-file.ts';
import { findHistory } from '../check/read-history.ts';
import { interruptibly } from '../execution/interruptibly.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import { endInterrupted } from '../interrupted.ts';
import { checkJson, checkText } from '../reporters/check-report.ts';
import { parseTimeMs } from './options.ts';

/** For each file. */
const BUDGET = '60s';

interface Options {
  readonly model: string;
  readonly keyed?: true;
  readonly initial: string;
  readonly budget: string;
  readonly json?: true;
}

const DESCRIPTION = `
Models:
${models.map(({ name, title, operations }) => `  ${name.padEnd(16)}${title}\n${' '.repeat(18)}${operations.join(' · ')}`).join('\n')}

A history has one map per line, as in Jepsen's history.edn:

  {:index 0, :type :invoke, :process 0, :f :write, :value 3}
  {:index 1, :type :ok, :process 0, :f :write, :value 3}

The order of the lines decides; :ok happened, :fail did not, :info may have.

Examples:
  quorate check store/latest --model cas-register --keyed
  quorate check history.edn --model fifo-queue --budget 10m

Exit status: 0 all are valid · 1 one is invalid · 4 one is unknown, none invalid`;

export function define(command: Command): void {
  command
    .argument('<history...>', 'files in EDN, or folders of Jepsen with a history.edn')
    .requiredOption('--model <name>', 'what kind of object was used (see below)')
    .option('--keyed', 'values are [key value], and each key is an object of its own (jepsen.independent)')
    .option('--initial <value>', 'initial value of registers, in EDN', 'nil')
    .option('--budget <time>', 'time limit for each history; beyond it the verdict is unknown', BUDGET)
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', DESCRIPTION)
    .action(check);
}

async function check(paths: readonly string[], options: Options): Promise<void> {
  const request: Request = {
    model: parseModel(options.model),
    keyed: options.keyed === true,
    initial: await parseInitial(options.initial),
    budgetMs: await parseTimeMs('--budget', options.budget, 1_000),
  };
  // Not after a minute of work for the first.
  for (const path of paths) findHistory(path);
  const judged: Judged[] = [];
  try {
    await interruptibly(async (interrupted) => {
      for (const path of paths) {
        const one = await judgeFile(path, request, interrupted);
        if (one === null) {
          endInterrupted(`interrupted: ${judged.length} of ${paths.length} histories judged`, null);
          return;
        }
        judged.push(one);
        if (!options.json) process.stdout.write(`${checkText(one, options.model)}\n`);
      }
      process.exitCode = statusOf(judged);
    });
  } finally {
    if (options.json)
      process.stdout.write(
        `${JSON.stringify(
          judged.map((each) => checkJson(each, options.model)),
          null,
          2,
        )}\n`,
      );
  }
}

function statusOf(judged: readonly Judged[]): ExitStatus {
  if (judged.some(({ verdict }) => verdict.valid === false)) return ExitStatus.violation;
  return judged.some(({ verdict }) => verdict.valid === 'unknown') ? ExitStatus.undecided : ExitStatus.clean;
}

function parseModel(name: string): Model<unknown, unknown> {
  const known = models.find((model) => model.name === name);
  if (known !== undefined) return known;
  const names = models.map((model) => model.name);
  throw new UsageError(`--model: ${unknownName('model', name, names)} (${names.join(', ')})`);
}

async function parseInitial(text: string): Promise<Value> {
  const { EdnError, EdnScanner } = await import('../check/edn-scanner.ts');
  const { EdnValues } = await import('../check/edn-value.ts');
  const scanner = new EdnScanner(text);
  try {
    const form = scanner.form();
    if (!scanner.skip()) return new EdnValues().of(form);
  } catch (error) {
    if (!(error instanceof EdnError)) throw error;
    throw new UsageError(`--initial ${text}: should be a value in EDN, such as 0 or nil (${error.message})`, { cause: error });
  }
  throw new UsageError(`--initial ${text}: should be one value in EDN, such as 0 or nil`);
}

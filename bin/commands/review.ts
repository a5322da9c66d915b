/** `quorate review`: the design review, held over one design by what its runs show. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { interruptibly } from '../execution/interruptibly.ts';
import { ExitStatus, UsageError } from '../exit-status.ts';
import { origin } from '../package-info.ts';
import { ProgressLine } from '../progress-line.ts';
import { reviewed, reviewJson, reviewText, type ReviewEnd } from '../reporters/review-report.ts';
import { loadDesign, parseJobs, parseSeeds } from './options.ts';

interface Options {
  readonly design?: string;
  readonly seeds: string;
  readonly jobs: string;
  readonly json?: true;
}

const DEFAULT_SEEDS = '1..3';
/** Days of work; all trials are laid out before the first of them. */
const SEEDS_MOST = 10_000;

export function define(command: Command): void {
  command
    .option('--design <file>', 'values that differ from the default design, as .yaml or .json (default: none)')
    .option('--seeds <range>', `seeds for each fault, at most ${SEEDS_MOST}`, DEFAULT_SEEDS)
    .option('--jobs <n>', 'worker threads', String(availableParallelism()))
    .option('--json', 'one JSON document on stdout')
    .action(review);
}

async function review(options: Options): Promise<void> {
  const seeds = parseSeeds(options.seeds);
  if (seeds.last - seeds.first >= SEEDS_MOST) throw new UsageError(`--seeds ${options.seeds}: at most ${SEEDS_MOST} seeds`);
  const jobs = parseJobs(options.jobs);
  const design = await loadDesign(options.design);
  const line = new ProgressLine('review');
  const { runReview } = await import('../review/run-review.ts');
  const outcome = await interruptibly((interrupted) =>
    runReview({ design, seeds, jobs }, interrupted, (done, total) => line.update(done, total, 'trials', '')),
  ).finally(() => line.end());
  const end: ReviewEnd = { outcome, design, designFile: options.design, seeds: options.seeds, origin: origin() };
  const judged = reviewed(end);
  process.stdout.write(`${options.json ? JSON.stringify(reviewJson(end, judged), null, 2) : reviewText(end, judged)}\n`);
  process.exitCode = statusOf(end, judged?.points.every(({ pass }) => pass) ?? null);
}

/** `holds`: all of its points do; null when it was ended early. */
function statusOf({ outcome: { found } }: ReviewEnd, holds: boolean | null): ExitStatus {
  if (found.some((finding) => finding.of === 'challenge' && finding.verdict === 'crashed')) return ExitStatus.internal;
  if (holds === null) return ExitStatus.interrupted;
  return holds ? ExitStatus.clean : ExitStatus.violation;
}

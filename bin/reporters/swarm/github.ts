/** For GitHub Actions: an annotation for each of the first failures and all else that is wrong, and a summary of the step. */
import type { SwarmFailure } from '../../../scenarios/swarm/swarm-result.ts';
import { unlessLost } from '../../losses.ts';
import { append } from '../../writing.ts';
import { counted } from '../counted.ts';
import { exitsLines, smallLines } from './default.ts';
import type { SwarmEnd, SwarmReporter, Write } from './reporter.ts';
import { troublesOf } from './troubles.ts';

/** GitHub shows no more of one step. */
const ANNOTATIONS_MAX = 10;
const FAILURES_IN_SUMMARY = 50;

/** `summaryFile` is what `$GITHUB_STEP_SUMMARY` names; where it is empty there is no summary. */
export function githubReporter(write: Write, summaryFile: string): SwarmReporter {
  return {
    ran: () => undefined,
    ended(end) {
      // Even when there are none: a file has those of this swarm then, and not of the one before.
      write(annotations(end).slice(0, ANNOTATIONS_MAX).join(''));
      if (summaryFile !== '') unlessLost('the summary of the step', () => append(summaryFile, githubSummary(end)));
    },
  };
}

/** What makes all else doubtful comes first. */
function annotations(end: SwarmEnd): readonly string[] {
  return [
    ...troublesOf(end).map(({ sort, subject, message }) => annotation(`${sort}: ${subject}`, message)),
    ...end.report.failures.map(ofFailure),
  ];
}

function ofFailure({ scenario, seed, verdict, property, message, repro, small }: SwarmFailure): string {
  return annotation(
    `${property ?? verdict}: ${scenario}, seed ${seed}`,
    [message ?? verdict, ...smallLines(small), repro].join('\n'),
  );
}

function annotation(title: string, message: string): string {
  return `::error title=${inProperty(title)}::${inMessage(message)}\n`;
}

function githubSummary(end: SwarmEnd): string {
  const { report, missing, missingShards } = end;
  const { runs, ok, failures, nondeterministic, sometimes, exits, events, seeds, complete } = report;
  const count = failures.length + troublesOf(end).length;
  const lines = [
    `### Quorate: ${count === 0 ? 'no failure' : counted(count, 'failure')}`,
    '',
    `Seeds ${seeds}: ${counted(runs, 'run')}${complete ? '' : ' (ended early)'}, ${ok} ok, ${events} events; ${sometimes.hit.length} of ${sometimes.hit.length + sometimes.missed.length} probes seen.`,
  ];
  for (const line of exitsLines(exits)) lines.push('', line);
  for (const { scenario, seed } of nondeterministic) lines.push('', `**Not deterministic:** ${scenario}, seed ${seed}`);
  if (missing.length > 0) lines.push('', `**Required, never seen:** ${missing.join(', ')}`);
  if (missingShards.length > 0) lines.push('', `**Missing:** ${missingShards.map((shard) => `shard ${shard}`).join(', ')}`);
  if (failures.length > 0) {
    lines.push('', '| property | scenario | seed | what | reproduce |', '|---|---|---|---|---|');
    for (const { property, verdict, scenario, seed, message, repro } of failures.slice(0, FAILURES_IN_SUMMARY)) {
      lines.push(`| ${[property ?? verdict, scenario, String(seed), message ?? '', `\`${repro}\``].map(inCell).join(' | ')} |`);
    }
    if (failures.length > FAILURES_IN_SUMMARY)
      lines.push('', `${failures.length - FAILURES_IN_SUMMARY} more are in the recordings.`);
    for (const { property, verdict, small } of failures)
      if (small !== null) lines.push('', `**${property ?? verdict}**`, ...smallLines(small).map((line) => `- ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

function inMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function inProperty(text: string): string {
  return inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** A swarm in words, when it is over. */
import type { SmallFailure, SwarmExits, SwarmFailure } from '../../../scenarios/swarm/swarm-result.ts';
import { counted } from '../counted.ts';
import { exitsText, waitingLines } from '../run-report.ts';
import type { SwarmEnd, SwarmReporter, Write } from './reporter.ts';

export function defaultReporter(write: Write): SwarmReporter {
  return { ran: () => undefined, ended: (end) => write(`${swarmText(end)}\n`) };
}

const FAILURES_SHOWN = 10;

/** The table stands in front when there is one. The last line reproduces a failure. */
export function swarmText({ report, missing, table, missingShards }: SwarmEnd): string {
  const { runs, ok, undecided, failures, nondeterministic, sometimes, exits, complete } = report;
  const lines = [...table];
  if (table.length > 0) lines.push('');
  const seconds = (report.wallMs / 1_000).toFixed(1);
  lines.push(
    `${counted(runs, 'run')}${complete ? '' : ' (ended early)'}: ${ok} ok, ${runs - ok - undecided} failed${undecided === 0 ? '' : `, ${undecided} undecided`}`,
  );
  lines.push(`${report.events} events in ${seconds} s: ${report.eventsPerSecond} events/s, ${report.runsPerSecond} runs/s`);
  lines.push(repeated(report.rerun, nondeterministic.length));
  if (report.known.runs > 0)
    lines.push(
      `${counted(report.known.runs, 'stored seed')} rerun first, ${report.known.failed} still fail${report.known.failed === 1 ? 's' : ''}`,
    );
  lines.push(
    `probes seen: ${sometimes.hit.length} of ${sometimes.hit.length + sometimes.missed.length}${sometimes.missed.length === 0 ? '' : ' (--json lists the others)'}`,
  );
  if (exits.length > 0) lines.push('', ...exitsLines(exits));
  for (const { scenario, seed, digests } of nondeterministic) {
    lines.push('', `NOT DETERMINISTIC  ${scenario}, seed ${seed}: digest ${digests[0]} here, ${digests[1]} in another process`);
  }
  if (missing.length > 0) lines.push('', `REQUIRED, NEVER SEEN  ${missing.join(', ')}`);
  if (missingShards.length > 0) lines.push('', `MISSING  ${missingShards.map((shard) => `shard ${shard}`).join(', ')}`);
  const told = new Set<string>();
  for (const failure of failures.slice(0, FAILURES_SHOWN)) {
    // What a seed has drawn is told of the first of its kind: whoever wants to know of another runs it.
    const sort = `${failure.scenario} ${failure.property ?? failure.verdict}`;
    lines.push('', ...failureLines(failure, !told.has(sort)));
    told.add(sort);
  }
  if (failures.length > FAILURES_SHOWN)
    lines.splice(lines.length - 1, 0, `  (${failures.length - FAILURES_SHOWN} more; --json lists all)`);
  return lines.join('\n');
}

const EXITS_SHOWN = 10;

/** Controllers that ended by themselves, for people: no failures, but what their runs prove may be little. */
export function exitsLines(exits: readonly SwarmExits[]): readonly string[] {
  const lines = exits
    .slice(0, EXITS_SHOWN)
    .map((one) => `${one.scenario}, in ${counted(one.runs, 'run')} (the first: seed ${one.seed}): ${exitsText(one)}`);
  if (exits.length > EXITS_SHOWN) lines.push(`(${exits.length - EXITS_SHOWN} more; --json lists all)`);
  return lines;
}

/** What was made of a failure, for people. */
export function smallLines(small: SmallFailure | null): readonly string[] {
  if (small === null) return [];
  const { recording, faults, operations, processes, explanation, page } = small;
  return [
    `shrunk: ${recording} (${counted(faults, 'fault')}, ${counted(operations, 'operation')}, ${counted(processes, 'process')})`,
    ...(explanation === null ? [] : [`explained: ${explanation}`]),
    ...(page === null ? [] : [`page: ${page}`]),
  ];
}

function repeated(runs: number, different: number): string {
  if (runs === 0) return 'no run repeated in another process';
  return `${counted(runs, 'run')} repeated in another process: ${different === 0 ? 'all the same' : `${different} DIFFERENT`}`;
}

function failureLines(
  { scenario, seed, verdict, property, message, waiting, drawn, recording, repro, small }: SwarmFailure,
  isFirst: boolean,
): readonly string[] {
  return [
    `${verdict.toUpperCase()}  ${scenario}, seed ${seed}${property === null ? '' : `: ${property}`}`,
    `  ${message ?? 'no message'}`,
    ...(waiting.length === 0 ? [] : waitingLines(waiting)),
    ...(isFirst ? drawn.map((line) => `    ${line}`) : []),
    ...(recording === null ? [] : [`  recording: ${recording}`]),
    ...smallLines(small).map((line) => `  ${line}`),
    `  ${repro}`,
  ];
}

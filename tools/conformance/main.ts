/** `npm run conformance`: random scripts before a real etcd and before Quorate's store, until they answer differently. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { parseCount, parseSeed } from '../../bin/commands/options.ts';
import { ExitStatus, UsageError } from '../../bin/exit-status.ts';
import { ProgressLine } from '../../bin/progress-line.ts';
import { parseLine, type ScriptLine } from '../../bin/store/script.ts';
import type { StoreCompat } from '../../model/store/machine/profile.ts';
import { runCampaign, type CampaignResult } from './campaign.ts';
import { EtcdMissing, etcdVersion } from './etcd-process.ts';
import { EtcdSubject } from './etcd-subject.ts';
import { campaignText, differenceText } from './report.ts';
import { record } from './record.ts';
import { runScript, written } from './run-script.ts';
import { StoreSubject } from './store-subject.ts';

const HELP = `npm run conformance -- [options]

Holds Quorate's store against a real etcd (Debian: apt-get install etcd-server): random scripts, every answer and every watch event.

  --seed S        of the scripts (default: 1)
  --ops M         lines in all scripts together (default: 2000)
  --section K     only the K-th script of the seed
  --record        writes anew what etcd answers, to be kept with the tests (tools/conformance/transcripts/)
  --script FILE   a script of your own instead, as quorate store reads it
  --lanes N       scripts at a time (default: 4)
  --etcd PATH     the etcd to hold it against (default: the one on the PATH)
  --defect ID     switches a defect of the store on (quorate list defects)
  --json          one JSON document on stdout

Exit status: 0 no difference · 1 a difference · 4 only differences that did not repeat · 64 wrong usage, or no etcd · 130 interrupted`;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    ops: { type: 'string', default: '2000' },
    section: { type: 'string' },
    script: { type: 'string' },
    record: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '4' },
    etcd: { type: 'string', default: 'etcd' },
    defect: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked again, it does not wait for what is under way. etcd is ended in any case.
    if (interrupt.signal.aborted) process.exit(ExitStatus.interrupted);
    interrupt.abort();
  });
}

process.exitCode = await main().catch((error: unknown) => {
  const isUsage = error instanceof UsageError || error instanceof EtcdMissing;
  process.stderr.write(
    `conformance: ${isUsage ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return isUsage ? ExitStatus.usage : ExitStatus.internal;
});

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return ExitStatus.clean;
  }
  const version = etcdVersion(options.etcd);
  const ours = new StoreSubject({ compat: compatOf(version), defects: options.defect });
  const lanes = parseCount('--lanes', options.lanes, 1);
  const theirs = new EtcdSubject({ program: options.etcd }, lanes);
  try {
    if (options.record) return await record(ours, theirs, interrupt.signal);
    return options.script === undefined
      ? await campaign(ours, theirs, version, lanes)
      : await single(options.script, ours, theirs);
  } finally {
    await theirs.close();
  }
}

/** The profile that is nearest to a version. */
function compatOf(version: string): StoreCompat {
  return version.startsWith('3.4.') ? '3.4' : '3.6';
}

async function campaign(ours: StoreSubject, theirs: EtcdSubject, version: string, lanes: number): Promise<number> {
  const seed = parseSeed(options.seed);
  const operations = parseCount('--ops', options.ops, 1);
  const begunMs = performance.now();
  const line = new ProgressLine('conformance');
  const result = await runCampaign({
    seed,
    operations,
    lanes,
    ours,
    theirs,
    signal: interrupt.signal,
    ...(options.section === undefined ? {} : { section: parseCount('--section', options.section, 1) }),
    progress: (done, note) => line.update(done, operations, 'operations', note),
  }).finally(() => line.end());
  const wallMs = performance.now() - begunMs;
  const reproduce = (section: number): string =>
    `npm run conformance -- --seed ${seed} --ops ${operations} --section ${section}${options.defect.map((id) => ` --defect ${id}`).join('')}`;
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ seed, etcd: version, ...result, errors: Object.fromEntries(result.errors), wallMs: Math.round(wallMs) }, null, 2)}\n`,
    );
  else process.stdout.write(`${campaignText(result, version, wallMs, interrupt.signal.aborted, reproduce)}\n`);
  return statusOf(result);
}

function statusOf({ finding, unsteady }: CampaignResult): number {
  if (finding !== null) return ExitStatus.violation;
  if (interrupt.signal.aborted) return ExitStatus.interrupted;
  return unsteady.length > 0 ? ExitStatus.undecided : ExitStatus.clean;
}

async function single(path: string, ours: StoreSubject, theirs: EtcdSubject): Promise<number> {
  const script = readScript(path);
  const { difference } = await runScript(written(script), ours, theirs, interrupt.signal);
  if (options.json) process.stdout.write(`${JSON.stringify({ lines: script.length, difference }, null, 2)}\n`);
  else
    process.stdout.write(
      `${difference === null ? `no difference in ${script.length} lines` : differenceText(difference).join('\n')}\n`,
    );
  if (difference !== null) return ExitStatus.violation;
  return interrupt.signal.aborted ? ExitStatus.interrupted : ExitStatus.clean;
}

function readScript(path: string): ScriptLine[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: cannot be read`, { cause: error });
  }
  return text
    .split('\n')
    .map((line, at) => parseLine(line, `${path}:${at + 1}`))
    .filter((line) => line !== null);
}

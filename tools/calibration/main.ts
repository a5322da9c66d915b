/** `npm run calibrate`: what requests and syncs cost a real etcd here, beside what they cost in a simulation. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { ExitStatus } from '../../bin/exit-status.ts';
import { FSYNC_BASE_US, FSYNC_JITTER_US } from '../../sim/process/disk.ts';
import { EtcdMissing, EtcdProcess, etcdVersion } from '../conformance/etcd-process.ts';
import { etcdCosts } from './etcd-cost.ts';
import { fsyncLoop, meanOf } from './fsync-cost.ts';
import { simulatedCosts } from './simulated-cost.ts';
import { occupiesUs, table, verdict, type Row } from './table.ts';

const HELP = `npm run calibrate -- [options]

Measures a real etcd (Debian: apt-get install etcd-server): the processor time of each kind of request, and what a sync of its log
costs. Prints it beside what the simulator takes for it. Needs Linux, and is worth something on a quiet machine only.

  --folder PATH   on whose disk etcd keeps its data (default: the folder for temporary files)
  --etcd PATH     the etcd to measure (default: the one on the PATH)
  --json          one JSON document on stdout`;

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: tmpdir() },
    etcd: { type: 'string', default: 'etcd' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

process.once('SIGINT', () => process.exit(ExitStatus.interrupted));
process.once('SIGTERM', () => process.exit(ExitStatus.interrupted));

process.exitCode = await main().catch((error: unknown) => {
  const isUsage = error instanceof EtcdMissing;
  process.stderr.write(
    `calibrate: ${isUsage ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return isUsage ? ExitStatus.usage : ExitStatus.internal;
});

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return ExitStatus.clean;
  }
  if (process.platform !== 'linux') throw new EtcdMissing('processor times are read from /proc: this needs Linux');
  const version = etcdVersion(options.etcd);
  const rows = await measure();
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ etcd: version, rows: rows.map((row) => ({ ...row, occupiesUs: occupiesUs(row), verdict: verdict(row) })) }, null, 2)}\n`,
    );
  else process.stdout.write(`etcd ${version}; microseconds\n\n${table(rows)}\n`);
  return ExitStatus.clean;
}

async function measure(): Promise<Row[]> {
  const etcd = await EtcdProcess.start({ program: options.etcd, parent: options.folder });
  try {
    const costs = await etcdCosts(etcd, (name) => process.stderr.write(`calibrate: ${name}\n`));
    const simulated = simulatedCosts();
    const requests = [...costs].map(([name, { cpuUs, latencyUs }]): Row => ({
      what: name,
      measuredUs: cpuUs,
      isProcessorTime: true,
      simulatedUs: simulated.get(name) ?? Number.NaN,
      note: Number.isNaN(latencyUs) ? '' : `answered in ${Math.round(latencyUs)}`,
    }));
    return [...requests, ...(await syncRows(etcd))];
  } finally {
    await etcd.stop();
  }
}

async function syncRows(etcd: EtcdProcess): Promise<Row[]> {
  const simulatedUs = FSYNC_BASE_US + FSYNC_JITTER_US;
  const loop = fsyncLoop(etcd.folder);
  const row = (what: string, measuredUs: number, note = ''): Row => ({
    what,
    measuredUs,
    isProcessorTime: false,
    simulatedUs,
    note,
  });
  return [
    row("sync of etcd's log, mean", await meanOf(etcd.port, 'etcd_disk_wal_fsync_duration_seconds')),
    row(
      "commit of etcd's backend, mean",
      await meanOf(etcd.port, 'etcd_disk_backend_commit_duration_seconds'),
      'two syncs and more there, one here',
    ),
    row('append and fdatasync, mean', loop.meanUs, `median ${Math.round(loop.medianUs)}, p99 ${Math.round(loop.p99Us)}`),
  ];
}

/** What it costs to make a write durable: as etcd counts it, and in a plain loop. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface FsyncCost {
  readonly medianUs: number;
  readonly meanUs: number;
  readonly p99Us: number;
}

const WRITES = 500;
/** About an entry of the log. */
const BYTES = 512;

/** Appends and syncs in a folder, as a write-ahead log does. */
export function fsyncLoop(folder: string): FsyncCost {
  const path = join(folder, 'fsync-probe');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(BYTES, 'x');
  const times: number[] = [];
  for (let n = 0; n < WRITES; n++) {
    const begunMs = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    times.push((performance.now() - begunMs) * 1_000);
  }
  closeSync(file);
  rmSync(path);
  times.sort((a, b) => a - b);
  return {
    medianUs: times[WRITES / 2] as number,
    meanUs: times.reduce((sum, time) => sum + time, 0) / WRITES,
    p99Us: times[Math.floor(WRITES * 0.99)] as number,
  };
}

/** The mean of one of etcd's histograms of seconds, in microseconds. */
export async function meanOf(port: number, histogram: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const value = (suffix: string): number =>
    Number(new RegExp(`^${histogram}_${suffix} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return (value('sum') / value('count')) * 1_000_000;
}

/** What requests cost a real etcd: processor time, by the kernel's account of the process, and latency as a client sees it. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdProcess } from '../conformance/etcd-process.ts';
import { GrpcClient } from './grpc.ts';
import { watchGrpc, WATCHES, workloads, type Workload } from './workloads.ts';

export interface Cost {
  /** Processor time of one request. */
  readonly cpuUs: number;
  /** Median from sending to the answer, one at a time. */
  readonly latencyUs: number;
}

/** Requests under way at once: that is when a server is busy, and what its batches are for. */
const AT_ONCE = 16;
const LATENCY_REQUESTS = 300;
const IDLE_MS = 1_500;
const TICK_US = 10_000;

export async function etcdCosts(etcd: EtcdProcess, told: (name: string) => void): Promise<Map<string, Cost>> {
  const client = new GrpcClient(etcd.port);
  const costs = new Map<string, Cost>();
  const idleShare = await idle(etcd.pid);
  for (const workload of workloads) {
    told(workload.name);
    costs.set(workload.name, await cost(etcd.pid, client, workload, idleShare));
  }
  told('watch');
  costs.set('watch, an event to one watch', await watchCost(etcd.pid, client, idleShare));
  client.close();
  return costs;
}

async function cost(pid: number, client: GrpcClient, workload: Workload, idleShare: number): Promise<Cost> {
  const { requests, grpc } = workload;
  const begunUs = cpuUs(pid);
  const begunMs = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests) await client.call(...grpc(next++));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const usedUs = cpuUs(pid) - begunUs - idleShare * (performance.now() - begunMs) * 1_000;
  return { cpuUs: usedUs / requests, latencyUs: await latency(client, workload) };
}

async function latency(client: GrpcClient, { name, grpc }: Workload): Promise<number> {
  // What is granted and revoked is so once.
  if (name === 'lease grant' || name === 'lease revoke') return Number.NaN;
  const times: number[] = [];
  for (let n = 0; n < LATENCY_REQUESTS; n++) {
    const begunMs = performance.now();
    await client.call(...grpc(n));
    times.push((performance.now() - begunMs) * 1_000);
  }
  return times.toSorted((a, b) => a - b)[LATENCY_REQUESTS / 2] as number;
}

/** Puts with many watches open, and without: the difference is what it costs to tell one watch. */
async function watchCost(pid: number, client: GrpcClient, idleShare: number): Promise<Cost> {
  const put = workloads[0] as Workload;
  const alone = await cost(pid, client, put, idleShare);
  const streams = Array.from({ length: WATCHES }, () => client.stream('/etcdserverpb.Watch/Watch', watchGrpc, () => undefined));
  await sleep(300);
  const watched = await cost(pid, client, put, idleShare);
  for (const stream of streams) stream.close();
  return { cpuUs: (watched.cpuUs - alone.cpuUs) / WATCHES, latencyUs: Number.NaN };
}

/** The share of a processor that it uses for nothing. */
async function idle(pid: number): Promise<number> {
  const begunUs = cpuUs(pid);
  await sleep(IDLE_MS);
  return (cpuUs(pid) - begunUs) / (IDLE_MS * 1_000);
}

/** Of all its threads, so far. Linux counts in hundredths of a second. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

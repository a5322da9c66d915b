/** The benchmark: each layer in fresh processes, by turns with the yardstick, and one long run for growth and memory. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { moduleUrl } from '../package-info.ts';
import type { Measurement, Stretch } from './child.ts';
import { LAYERS, layers, type LayerName } from './layers.ts';

export interface BenchOptions {
  /** Length of the run that shows growth and memory. */
  readonly events: number;
  /** Rounds, of which the median counts. */
  readonly rounds: number;
  /** Length of a measurement, as a share of the usual. */
  readonly share: number;
}

export interface LayerResult {
  readonly eventsPerSecond: number;
  /** Against the yardstick, measured right before it in the same round. */
  readonly ratio: number;
  /** Per CPU-second; 0 where nothing of the kind happens. */
  readonly commitsPerSecond: number;
  readonly simulatedSecondsPerSecond: number;
}

export interface BenchResult {
  /** Version of Node. */
  readonly node: string;
  readonly layers: Readonly<Record<LayerName, LayerResult>>;
  readonly growth: {
    readonly layer: LayerName;
    readonly events: number;
    readonly firstTenthPerSecond: number;
    readonly lastTenthPerSecond: number;
    /** The last tenth's rate against the first's: 1 is even. */
    readonly ratio: number;
  };
  readonly memory: {
    readonly layer: LayerName;
    readonly peakMegabytes: number;
    /** After the second and the last tenth: flat when they are alike. The first tenth fills the heap. */
    readonly earlyMegabytes: number;
    readonly endMegabytes: number;
  };
}

/** The layer of the long run. */
const LONG: LayerName = 'platform';
const TENTHS = 10;
const WARM_UP_SHARE = 0.2;
/** The engine needs so many events to compile what is hot; they would pass for growth. */
const LONG_WARM_UP = 200_000;
/**
 * Where there is room the engine lets garbage stand until it is several times as much as what lives, which would hide what the
 * run itself needs: with a bound, in MB, on either of its heaps it collects at twice that.
 */
const LONG_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=192'];

/** `said` hears what is measured next, and how much of all is done. */
export async function bench(
  options: BenchOptions,
  said: (what: string, done: number, total: number) => void,
): Promise<BenchResult> {
  const figures: Record<LayerName, LayerResult[]> = { heap: [], kernel: [], raft: [], store: [], platform: [] };
  const total = options.rounds * LAYERS.length + 1;
  let done = 0;
  for (let round = 0; round < options.rounds; round++) {
    for (const layer of LAYERS) {
      said(layer, done++, total);
      const yardstick = rate((await measureShort('heap', options.share)).stretches);
      if (layer === 'heap') figures.heap.push(resultOf(await measureShort('heap', options.share), yardstick));
      else figures[layer].push(resultOf(await measureShort(layer, options.share), yardstick));
    }
  }
  said(`${options.events} events of ${LONG}`, done, total);
  const long = await measure(LONG, options.events, LONG_WARM_UP, TENTHS, LONG_FLAGS);
  return { node: process.versions.node, layers: medians(figures), growth: growthOf(long), memory: memoryOf(long) };
}

function measureShort(layer: LayerName, share: number): Promise<Measurement> {
  const events = Math.ceil(layers[layer].events * share);
  return measure(layer, events, Math.ceil(events * WARM_UP_SHARE), 1);
}

async function measure(
  layer: LayerName,
  events: number,
  warmUp: number,
  parts: number,
  flags: readonly string[] = [],
): Promise<Measurement> {
  const script = fileURLToPath(moduleUrl('bin/bench/child'));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    script,
    layer,
    String(events),
    String(warmUp),
    String(parts),
  ]);
  return JSON.parse(stdout) as Measurement;
}

function rate(stretches: readonly Stretch[]): number {
  const sum = (of: (stretch: Stretch) => number): number => stretches.reduce((total, stretch) => total + of(stretch), 0);
  return (sum(({ events }) => events) / sum(({ cpuMs }) => cpuMs)) * 1_000;
}

function resultOf({ stretches, simulatedUs, commits }: Measurement, yardstick: number): LayerResult {
  const eventsPerSecond = rate(stretches);
  const cpuSeconds = stretches.reduce((total, { cpuMs }) => total + cpuMs, 0) / 1_000;
  return {
    eventsPerSecond: Math.round(eventsPerSecond),
    ratio: eventsPerSecond / yardstick,
    commitsPerSecond: Math.round(commits / cpuSeconds),
    simulatedSecondsPerSecond: simulatedUs / 1_000_000 / cpuSeconds,
  };
}

function medians(figures: Readonly<Record<LayerName, readonly LayerResult[]>>): Record<LayerName, LayerResult> {
  const of = (results: readonly LayerResult[]): LayerResult => ({
    eventsPerSecond: median(results.map(({ eventsPerSecond }) => eventsPerSecond)),
    ratio: rounded(median(results.map(({ ratio }) => ratio))),
    commitsPerSecond: median(results.map(({ commitsPerSecond }) => commitsPerSecond)),
    simulatedSecondsPerSecond: rounded(median(results.map(({ simulatedSecondsPerSecond }) => simulatedSecondsPerSecond))),
  });
  const { heap, kernel, raft, store, platform } = figures;
  return { heap: { ...of(heap), ratio: 1 }, kernel: of(kernel), raft: of(raft), store: of(store), platform: of(platform) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function growthOf({ stretches }: Measurement): BenchResult['growth'] {
  const first = rate(stretches.slice(0, 1));
  const last = rate(stretches.slice(-1));
  return {
    layer: LONG,
    events: stretches.reduce((total, { events }) => total + events, 0),
    firstTenthPerSecond: Math.round(first),
    lastTenthPerSecond: Math.round(last),
    ratio: rounded(last / first),
  };
}

function memoryOf({ stretches, peakMemoryBytes }: Measurement): BenchResult['memory'] {
  return {
    layer: LONG,
    peakMegabytes: megabytes(peakMemoryBytes),
    earlyMegabytes: megabytes(stretches[1]?.memoryBytes ?? 0),
    endMegabytes: megabytes(stretches.at(-1)?.memoryBytes ?? 0),
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

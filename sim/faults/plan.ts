/**
 * Random fault plans: a seed draws which families of faults there are at all, then how many and how heavy, then each fault.
 * Rates follow the run's length, not the clock, so that a short run is struck as well (see TigerBeetle's VOPR, FoundationDB's
 * workloads and moonpool for the shapes).
 */
import { Atlas, DRIFT_PPM_MAX, STEP_US_MAX, type AtlasOptions } from './atlas.ts';
import type { Fault } from './fault.ts';
import { detail } from './plan-detail.ts';
import { drawFault } from './plan-fault.ts';
import type { Stream } from '../random.ts';
import { formatTime, ms, seconds, type Micros } from '../time.ts';

export const faultFamilies = ['crash', 'pause', 'partition', 'network', 'gray', 'disk', 'clock', 'region'] as const;
export type FaultFamily = (typeof faultFamilies)[number];

export interface PlanOptions extends AtlasOptions {
  /** Roles that faults may aim at, such as `raft-leader`. */
  readonly roles?: readonly string[];
  /** No fault before: the system should have come up. One second when absent. */
  readonly fromUs?: Micros;
  /** Families never drawn. */
  readonly without?: readonly FaultFamily[];
  /** At most so many faults; 10 when absent. */
  readonly faultsMax?: number;
}

/** What was drawn for a plan before its single faults. */
export interface PlanShape {
  /** Families that are not masked off, with their share. */
  readonly families: readonly { readonly family: FaultFamily; readonly weight: number }[];
  readonly faults: number;
  /** How long a fault lasts, about. */
  readonly holdUs: Micros;
  /** Between two faults of a family there is at least this much calm. */
  readonly calmUs: Micros;
  /** Percent of single targets that are a role. */
  readonly rolePercent: number;
}

const FROM_US = seconds(1);
const FAULTS_MIN = 2;
const FAULTS_MAX = 10;
/** A run whose faults stretch over this long gets as many as were drawn; others in proportion. */
const USUAL_LENGTH_US = seconds(12);
const SHORTEST_HOLD_US = ms(20);
/** Draws of one fault until the atlas admits it; then it is left out. */
const ATTEMPTS = 4;

/**
 * An explicit plan, in order of time, that the atlas admits. `details` draws what is particular about its faults; without it
 * nothing is. Throws a RangeError when there is nobody to strike.
 */
export function drawPlan(stream: Stream, options: PlanOptions, details: Stream | null = null): Fault[] {
  return drawFaults(stream, options, drawShape(stream, options), details);
}

/** Families, numbers and durations of a plan. Draws the same number of times whatever comes out. */
export function drawShape(stream: Stream, options: PlanOptions): PlanShape {
  const families = faultFamilies
    .map((family) => ({ family, on: stream.percent(50), weight: stream.between(1, 8) }))
    .filter(({ family, on }) => on && options.without?.includes(family) !== true)
    .map(({ family, weight }) => ({ family, weight }));
  const drawn = stream.between(FAULTS_MIN, FAULTS_MAX);
  const lengthUs = options.healAtUs - fromUs(options);
  const scaled = Math.round((drawn * lengthUs) / USUAL_LENGTH_US);
  return {
    families,
    faults: families.length === 0 ? 0 : Math.min(options.faultsMax ?? FAULTS_MAX, Math.max(FAULTS_MIN, scaled)),
    holdUs: stream.pick([ms(200), ms(800), ms(2_000), ms(4_000)]),
    calmUs: ms(stream.between(50, 1_000)),
    rolePercent: stream.pick([0, 30, 60]),
  };
}

/** The faults of a plan of this shape; for `details` see {@link drawPlan}. */
export function drawFaults(stream: Stream, options: PlanOptions, shape: PlanShape, details: Stream | null = null): Fault[] {
  if (options.groups.every(({ members }) => members.length === 0)) throw new RangeError('groups: there is nobody to strike');
  const startUs = fromUs(options);
  if (options.healAtUs <= startUs) throw new RangeError(`healAtUs: faults begin at ${startUs} µs and would end before`);
  const atlas = new Atlas(options);
  const limits = {
    groups: options.groups.filter(({ members }) => members.length > 0),
    roles: options.roles ?? [],
    rolePercent: shape.rolePercent,
    driftPpmMax: options.driftPpmMax ?? DRIFT_PPM_MAX,
    stepUsMax: options.stepUsMax ?? STEP_US_MAX,
  };
  const faults: Fault[] = [];
  for (const [family, count] of shares(stream, shape)) {
    // A window each: faults of a family do not overlap, those of different families do.
    const windowUs = Math.floor((options.healAtUs - startUs) / count);
    for (let i = 0; i < count; i++) {
      const { at, forUs } = drawSpan(stream, startUs + i * windowUs, windowUs, shape);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const drawn = drawFault(stream, family, at, forUs, limits);
        if (drawn === null) continue;
        const fault = details === null ? drawn : detail(details, drawn, limits);
        if (atlas.admit(fault) !== null) continue;
        faults.push(fault);
        break;
      }
    }
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** How many faults each family gets: one after the other is given to a family by weight. */
function shares(stream: Stream, shape: PlanShape): Map<FaultFamily, number> {
  const total = shape.families.reduce((sum, { weight }) => sum + weight, 0);
  const counts = new Map<FaultFamily, number>();
  for (let i = 0; i < shape.faults; i++) {
    let left = stream.below(total);
    const chosen = shape.families.find(({ weight }) => (left -= weight) < 0);
    if (chosen !== undefined) counts.set(chosen.family, (counts.get(chosen.family) ?? 0) + 1);
  }
  return counts;
}

/** A beginning within the window, and a duration that leaves calm before the window's end where there is room for it. */
function drawSpan(
  stream: Stream,
  windowFromUs: Micros,
  windowUs: Micros,
  { holdUs, calmUs }: PlanShape,
): { at: Micros; forUs: Micros } {
  const roomUs = Math.min(windowUs, Math.max(SHORTEST_HOLD_US, windowUs - calmUs));
  const forUs = Math.min(roomUs, SHORTEST_HOLD_US + Math.floor(holdUs / 2) + stream.exponential(Math.floor(holdUs / 2)));
  return { at: windowFromUs + stream.below(Math.max(1, roomUs - forUs + 1)), forUs };
}

function fromUs(options: PlanOptions): Micros {
  return options.fromUs ?? Math.min(FROM_US, Math.floor(options.healAtUs / 4));
}

/** What was drawn, in words, a line each: for the head of a run's report. */
export function describeOptions(shape: PlanShape, options: PlanOptions): readonly string[] {
  const on = shape.families.map(({ family, weight }) => `${family} ×${weight}`).join(', ');
  const off = faultFamilies.filter((family) => !shape.families.some((other) => other.family === family)).join(', ');
  return [
    `families of faults: ${on === '' ? 'none' : on}${off === '' ? '' : `; masked off: ${off}`}`,
    `${shape.faults} faults between ${formatTime(fromUs(options))} and ${formatTime(options.healAtUs)}, about ${formatTime(shape.holdUs)} each, ` +
      `at least ${formatTime(shape.calmUs)} of calm between two of a family`,
    `${shape.rolePercent} % of single targets are a role (${(options.roles ?? []).join(', ') || 'there are none'})`,
    `clocks drift by at most ${options.driftPpmMax ?? DRIFT_PPM_MAX} ppm and jump by at most ${formatTime(options.stepUsMax ?? STEP_US_MAX)}`,
    `mode: ${options.mode ?? 'recoverable'}`,
  ];
}

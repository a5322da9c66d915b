/** One drawn fault of a family: of what sort, on whom, how heavy. */
import type { FaultGroup } from './atlas.ts';
import type { Fault } from './fault.ts';
import type { FaultFamily } from './plan.ts';
import type { Stream } from '../random.ts';
import type { Strikable, Target } from './target.ts';
import { ms, type Micros } from '../time.ts';

/** Within what a fault is drawn. No group is empty. */
export interface Limits {
  readonly groups: readonly FaultGroup[];
  readonly roles: readonly string[];
  readonly rolePercent: number;
  readonly driftPpmMax: number;
  readonly stepUsMax: Micros;
}

interface Span {
  readonly at: Micros;
  readonly for: Micros;
}

/** A stall that outlasts every timeout is a crash by another name; crashes have their own family. */
const STALL_US_MAX = ms(3_000);

/** Null when the topology has no room for it, such as a split of a group of one. */
export function drawFault(stream: Stream, family: FaultFamily, at: Micros, forUs: Micros, limits: Limits): Fault | null {
  const span: Span = { at, for: forUs };
  switch (family) {
    case 'crash': {
      const target = stream.percent(80) ? single(stream, limits) : together(stream, limits);
      return { do: stream.percent(60) ? 'crash' : 'kill', target, ...span };
    }
    case 'pause':
      return { do: 'pause', target: stream.percent(85) ? single(stream, limits) : together(stream, limits), ...span };
    case 'partition':
      return partition(stream, span, limits);
    case 'network':
      return network(stream, span, limits);
    case 'gray':
      return gray(stream, span, limits);
    case 'disk':
      return disk(stream, span, limits);
    case 'clock':
      return stream.percent(60)
        ? { do: 'drift-clock', target: single(stream, limits), ppm: signed(stream, limits.driftPpmMax), ...span }
        : { do: 'step-clock', target: single(stream, limits), byUs: signed(stream, limits.stepUsMax), at };
    case 'region':
      return region(stream, span, limits);
  }
}

/** Slow, and not dead: a processor, a disk, all disks of a model, or a machine's way to all others. */
function gray(stream: Stream, span: Span, limits: Limits): Fault {
  if (stream.percent(50)) return { do: 'slow', target: single(stream, limits), factor: stream.pick([2, 5, 10, 30]), ...span };
  const models = sharedBy(limits, 'diskModel');
  if (models.length > 0) {
    const sort = stream.below(100);
    if (sort < 30) return { do: 'slow-disk', target: stream.pick(models), factor: stream.pick([2, 5, 20]), ...span };
    if (sort < 60) {
      const from = single(stream, limits);
      return stream.percent(50)
        ? { do: 'lose', from, to: '*', percent: stream.between(1, 15), ...span }
        : { do: 'delay', from, to: '*', byUs: ms(stream.pick([5, 20, 80])), ...span };
    }
  }
  return { do: 'slow-disk', target: member(stream, limits, true), factor: stream.pick([5, 20, 100]), ...span };
}

function partition(stream: Stream, span: Span, limits: Limits): Fault | null {
  if (stream.percent(40)) return { do: 'isolate', target: single(stream, limits), ...span };
  const zones = sharedBy(limits, 'zone');
  if (zones.length > 0 && stream.percent(20)) return { do: 'isolate', target: stream.pick(zones), ...span };
  const oneWay = stream.percent(30);
  const sides = stream.percent(60) ? split(stream, group(stream, limits, true)) : pair(stream, limits);
  return sides === null ? null : { do: 'partition', ...sides, ...(oneWay ? { oneWay } : {}), ...span };
}

function network(stream: Stream, span: Span, limits: Limits): Fault | null {
  if (stream.percent(15)) return { do: 'reset', target: single(stream, limits), at: span.at };
  const between = stream.percent(30) ? { from: '*', to: '*' } : pair(stream, limits);
  if (between === null) return null;
  const oneWay = stream.percent(30) ? { oneWay: true } : {};
  switch (stream.below(3)) {
    case 0:
      return { do: 'delay', ...between, ...oneWay, byUs: ms(stream.pick([5, 50, 200, 800])), ...span };
    case 1:
      return { do: 'lose', ...between, ...oneWay, percent: stream.between(1, 30), ...span };
    default:
      return { do: 'duplicate', ...between, ...oneWay, percent: stream.between(1, 50), ...span };
  }
}

function disk(stream: Stream, span: Span, limits: Limits): Fault {
  const struck = group(stream, limits, true);
  const target = stream.pick(struck.members).name;
  const models = sharedBy(limits, 'diskModel');
  if (models.length > 0 && stream.percent(25))
    return { do: 'stall-disk', target: stream.pick(models), at: span.at, for: Math.min(span.for, STALL_US_MAX) };
  const sort = stream.below(100);
  if (sort < 40) return { do: 'stall-disk', target, at: span.at, for: Math.min(span.for, STALL_US_MAX) };
  if (sort < 65) return { do: 'fill-disk', target, ...span };
  if (sort < 80) return { do: 'fail-reads', target, ...span };
  return struck.rejoins === true && stream.percent(40)
    ? { do: 'lose-disk', target, ...span }
    : { do: 'rot', target, at: span.at };
}

function region(stream: Stream, span: Span, limits: Limits): Fault {
  const names = regionsOf(limits);
  const name = stream.pick(names);
  const sort = stream.below(100);
  if (sort < 50) return { do: 'lose-region', region: name, ...span };
  if (sort < 75 || names.length < 2) return { do: 'isolate', target: `region:${name}`, ...span };
  const others = names.filter((other) => other !== name).map((other) => `region:${other}`);
  const ways = stream.percent(50)
    ? { from: `region:${name}`, to: others.join(',') }
    : { from: others.join(','), to: `region:${name}` };
  return sort < 90
    ? { do: 'partition', ...ways, oneWay: true, ...span }
    : { do: 'delay', ...ways, byUs: ms(stream.pick([50, 200, 800])), ...span };
}

// ── whom it strikes ──────────────────────────────────────────────────────────────────────────────────────────────────

function single(stream: Stream, limits: Limits): Target {
  const isRole = stream.percent(limits.rolePercent);
  return isRole && limits.roles.length > 0 ? `role:${stream.pick(limits.roles)}` : member(stream, limits, false);
}

/** Several at once: all that share power and a switch, where that is known, or neighbours. */
export function together(stream: Stream, limits: Limits): Target {
  const zones = sharedBy(limits, 'zone');
  return zones.length > 0 && stream.percent(50) ? stream.pick(zones) : neighbours(stream, limits);
}

/** Who has one of something in common with others, as targets: one for each that several share. */
function sharedBy({ groups }: Limits, what: keyof Pick<Strikable, 'zone' | 'diskModel'>): readonly Target[] {
  const sharers = new Map<string, string[]>();
  for (const { members } of groups) {
    for (const { name, [what]: common } of members)
      if (common !== undefined) sharers.set(common, [...(sharers.get(common) ?? []), name]);
  }
  return [...sharers.values()].filter(({ length }) => length > 1).map((sharing) => sharing.join(','));
}

/** All members of a group that stand in one region. */
function neighbours(stream: Stream, limits: Limits): Target {
  const { members } = group(stream, limits, false);
  const { region: there } = stream.pick(members);
  return members
    .filter((other) => other.region === there)
    .map(({ name }) => name)
    .join(',');
}

function member(stream: Stream, limits: Limits, preferQuorum: boolean): Target {
  return stream.pick(group(stream, limits, preferQuorum).members).name;
}

/** A group by weight; where data matters, mostly one that needs a quorum. */
function group(stream: Stream, { groups }: Limits, preferQuorum: boolean): FaultGroup {
  const quorate = groups.filter(({ quorum }) => quorum === true);
  const from = preferQuorum && stream.percent(75) && quorate.length > 0 ? quorate : groups;
  let left = stream.below(from.reduce((sum, { weight }) => sum + (weight ?? 1), 0));
  return from.find(({ weight }) => (left -= weight ?? 1) < 0) ?? (from[0] as FaultGroup);
}

/** A group in two parts, of drawn sizes. */
function split(stream: Stream, { members }: FaultGroup): { from: Target; to: Target } | null {
  if (members.length < 2) return null;
  const names = stream.shuffle(members.map(({ name }) => name));
  const size = stream.between(1, names.length - 1);
  return { from: names.slice(0, size).join(','), to: names.slice(size).join(',') };
}

/** Two groups, or two members. */
function pair(stream: Stream, limits: Limits): { from: Target; to: Target } | null {
  const from = group(stream, limits, false);
  const to = group(stream, limits, false);
  if (stream.percent(30) && from !== to) return { from: names(from), to: names(to) };
  const a = stream.pick(from.members).name;
  const b = stream.pick(to.members).name;
  return a === b ? null : { from: a, to: b };
}

export function names({ members }: FaultGroup): Target {
  return members.map(({ name }) => name).join(',');
}

export function regionsOf({ groups }: Limits): readonly string[] {
  return [...new Set(groups.flatMap(({ members }) => members.map((each) => each.region)))];
}

function signed(stream: Stream, max: number): number {
  const size = stream.between(Math.ceil(max / 10), max);
  return stream.percent(50) ? size : -size;
}

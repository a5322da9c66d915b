/** The faults of a seed of the storm: one pattern after the other, each a way in which stores have failed in practice. */
import { storeMemberNames, storeRegion, storeSpareNames } from '../../model/store/group.ts';
import { isMemberIntent } from '../../model/store/client/member-operator.ts';
import {
  Atlas,
  drawFaults,
  faultFamilies,
  ms,
  type Fault,
  type FaultFamily,
  type FaultGroup,
  type Micros,
  type PlanShape,
  type Stream,
  type Topology,
} from '../../sim/index.ts';
import type { FaultDraw } from '../define-scenario.ts';
import { STORE_GROUP, storeFiles, storeSayings } from '../store-faults.ts';
import { electionTimeoutUs } from './design.ts';
import {
  drawPercentOf,
  drawTimes,
  LEADER,
  LOCK_HOLDER,
  MEMBERS,
  type FaultPattern,
  type PatternWindow,
} from './pattern-window.ts';
import {
  absences,
  deafness,
  lostSnapshots,
  migrations,
  relapses,
  replacedDisks,
  spoiledChanges,
  successions,
} from './themed-patterns.ts';
import type { Theme } from './themes.ts';

/** Elections before the first fault, so that there is something to lose. */
const COMES_UP_TIMEOUTS = 4;
const WINDOWS_MOST = 4;
/** Out of a hundred that are about nothing in particular. */
const UNWRITTEN_SEEDS = 30;
/** Election timeouts in a window's unit. */
const usualUnits = [1, 1, 2, 8] as const;

/**
 * The plan of a seed: one to four windows until the heal, each with a pattern. None makes the store's recovery impossible. The
 * streams keep the name `weather`: another one would give every seed another plan.
 */
export function drawStormFaults(draw: FaultDraw, theme: Theme | null, healAtUs: Micros): readonly Fault[] {
  const { design, topology, workload } = draw;
  const stream = draw.stream('weather');
  const timeoutUs = electionTimeoutUs(design);
  const founders = [...storeMemberNames(design).values()];
  const members = [...founders, ...storeSpareNames(design)];
  const changesUs = workload.filter(isMemberIntent).map(({ at }) => at);
  const clients = [...new Set(workload.map(({ client }) => client))];
  const groups = [group(STORE_GROUP, members, topology, true), group('clients', clients, topology, false)];
  const beginUs = COMES_UP_TIMEOUTS * timeoutUs;
  const count = theme?.windows ?? stream.between(1, WINDOWS_MOST);
  const lengthUs = Math.floor((healAtUs - beginUs) / count);
  const patterned = Array.from({ length: count }, (_, at) => {
    const fromUs = beginUs + at * lengthUs;
    const unitUs = Math.min(timeoutUs * stream.pick(theme?.units ?? usualUnits), Math.floor(lengthUs / 2));
    const window: PatternWindow = {
      stream,
      details: draw.stream('weather/details'),
      fromUs,
      untilUs: fromUs + lengthUs,
      unitUs,
      members,
      founders,
      changesUs,
      clients,
      groups,
    };
    return [...drawPattern(stream, theme)(window), ...(stream.percent(50) ? badLinks(window) : [])];
  }).flat();
  // What a theme brings together is left alone.
  const others = theme !== null ? [] : unwritten(draw.stream('weather/unwritten'), beginUs, healAtUs, timeoutUs, members);
  const atlas = new Atlas({ groups, healAtUs });
  return [...patterned, ...others]
    .filter(({ at }) => at < healAtUs)
    .toSorted((a, b) => a.at - b.at)
    .filter((fault) => atlas.admit(fault) === null);
}

function drawPattern(stream: Stream, theme: Theme | null): FaultPattern {
  if (theme !== null) return patterns[stream.pick(theme.patterns)];
  let left = stream.below(usualPatterns.reduce((sum, [share]) => sum + share, 0));
  for (const [share, pattern] of usualPatterns) {
    if (left < share) return pattern;
    left -= share;
  }
  throw new RangeError('usualPatterns: there is none');
}

// ── the patterns ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Short losses of power while disks are slow, so that many strike between a write and its sync. */
function powerLosses(window: PatternWindow): Fault[] {
  const { stream, fromUs, unitUs } = window;
  const faults: Fault[] = [
    { do: 'slow-disk', at: fromUs, target: MEMBERS, factor: stream.between(2, 12), for: window.untilUs - fromUs },
  ];
  for (const at of drawTimes(window, 6, 120)) {
    const target = stream.percent(40) ? LEADER : stream.pick(window.members);
    faults.push({ do: 'crash', at, target, for: drawPercentOf(stream, unitUs, 1, stream.percent(20) ? 300 : 12) });
  }
  return faults;
}

/** The power fails everywhere at once. */
function blackouts(window: PatternWindow): Fault[] {
  const { stream, unitUs } = window;
  const faults: Fault[] = [];
  for (const at of drawTimes(window, 300, 800)) {
    for (const target of window.members)
      faults.push({
        do: stream.percent(70) ? 'crash' : 'kill',
        at: at + drawPercentOf(stream, unitUs, 0, 6),
        target,
        for: drawPercentOf(stream, unitUs, 5, 150),
      });
  }
  return faults;
}

/** Leaders cut off from other members and not from clients, one after the other. */
function forks(window: PatternWindow): Fault[] {
  const { stream, unitUs } = window;
  const faults: Fault[] = [];
  for (const at of drawTimes(window, 120, 350)) {
    faults.push({
      do: 'partition',
      at,
      from: LEADER,
      to: MEMBERS,
      oneWay: stream.percent(20),
      for: drawPercentOf(stream, unitUs, 100, 500),
    });
    if (stream.percent(30))
      faults.push({
        do: 'slow-disk',
        at,
        target: MEMBERS,
        factor: stream.between(2, 20),
        for: drawPercentOf(stream, unitUs, 100, 300),
      });
  }
  return faults;
}

/** Hardly anybody leads for long, and entries reach a few members only (Raft figure 8). */
function coups(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs } = window;
  const faults: Fault[] = [
    {
      do: 'lose',
      at: fromUs,
      from: MEMBERS,
      to: MEMBERS,
      percent: stream.between(0, 70),
      kind: 'raft/append',
      for: untilUs - fromUs,
    },
  ];
  for (const at of drawTimes(window, 10, 150)) {
    faults.push({
      do: stream.percent(60) ? 'crash' : 'isolate',
      at,
      target: LEADER,
      for: drawPercentOf(stream, unitUs, 30, stream.percent(30) ? 900 : 300),
    });
  }
  return faults;
}

/**
 * Candidates that tie: a member's requests are late, voters write slowly, and whoever has voted
 * may lose power before it is written.
 */
function duels(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs, members } = window;
  const whole = { at: fromUs, for: untilUs - fromUs };
  const faults: Fault[] = [{ do: 'slow-disk', target: MEMBERS, factor: stream.between(3, 30), ...whole }];
  for (const late of stream.shuffle(members).slice(0, stream.between(1, 2))) {
    faults.push({ do: 'delay', from: late, to: MEMBERS, oneWay: true, byUs: drawPercentOf(stream, unitUs, 5, 120), ...whole });
  }
  for (const at of drawTimes(window, 200, 500)) {
    faults.push({
      do: stream.percent(50) ? 'crash' : 'isolate',
      at,
      target: LEADER,
      for: drawPercentOf(stream, unitUs, 100, 300),
    });
    for (let crashes = stream.between(1, 4); crashes > 0; crashes--) {
      const crash = {
        at: at + drawPercentOf(stream, unitUs, 80, 300),
        target: stream.pick(members),
        for: drawPercentOf(stream, unitUs, 1, 12),
      };
      faults.push({ do: 'crash', ...crash });
      // It knows nothing of the election that it took part in, and begins another one.
      if (stream.percent(50))
        faults.push({ do: 'isolate', at: crash.at, target: crash.target, for: drawPercentOf(stream, unitUs, 150, 350) });
    }
  }
  return faults;
}

/**
 * Members that lose touch with the others but not with their clients, so long that only a snapshot brings them back;
 * some lose power while they take it.
 */
function laggards(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs } = window;
  const slow: Fault = { do: 'slow-disk', at: fromUs, target: MEMBERS, factor: stream.between(4, 32), for: untilUs - fromUs };
  const faults: Fault[] = stream.percent(40) ? [slow] : [];
  for (const at of drawTimes(window, 200, 900)) {
    const target = stream.pick(window.members);
    const cutUs = drawPercentOf(stream, unitUs, 200, 1_500);
    faults.push({ do: 'partition', at, from: target, to: MEMBERS, for: cutUs });
    if (stream.percent(40))
      faults.push({
        do: 'crash',
        at: at + cutUs + drawPercentOf(stream, unitUs, 1, 200),
        target,
        for: drawPercentOf(stream, unitUs, 1, 40),
      });
  }
  return faults;
}

/** Leaders whose disks stand still while the others commit without them. */
function stalls(window: PatternWindow): Fault[] {
  const { stream, unitUs } = window;
  const faults: Fault[] = [];
  for (const at of drawTimes(window, 80, 250)) {
    faults.push({
      do: 'stall-disk',
      at,
      target: stream.percent(80) ? LEADER : stream.pick(window.members),
      for: drawPercentOf(stream, unitUs, 30, 200),
    });
  }
  return faults;
}

/** Processes that stand still and know nothing of it. */
function pauses(window: PatternWindow): Fault[] {
  const { stream, unitUs } = window;
  const faults: Fault[] = [];
  for (const at of drawTimes(window, 60, 400)) {
    const target = stream.percent(60) ? LEADER : stream.pick(stream.percent(80) ? window.members : window.clients);
    faults.push({ do: 'pause', at, target, for: drawPercentOf(stream, unitUs, 20, 400) });
  }
  return faults;
}

/** Holders of locks, and of leases, that stand still for longer than a lease lives. */
function sleepers(window: PatternWindow): Fault[] {
  const { stream, fromUs, untilUs, clients } = window;
  const faults: Fault[] = [];
  for (let at = fromUs + stream.below(ms(500)); at < untilUs; at += ms(300) + stream.below(ms(2_000))) {
    const target = stream.percent(60) ? LOCK_HOLDER : stream.pick([...clients, LEADER]);
    faults.push({ do: 'pause', at, target, for: ms(1_500) + stream.below(ms(3_500)) });
  }
  return faults;
}

/** Disks that cannot be read, stand still, or are gone, while somebody who may need what they hold is cut off. */
function badDisks(window: PatternWindow): Fault[] {
  const { stream, unitUs, members, untilUs } = window;
  const faults: Fault[] = [];
  const damaged = stream.pick(members);
  for (const at of drawTimes(window, 80, 400)) {
    const lasting = { at, for: drawPercentOf(stream, unitUs, 30, 500) };
    const sort = stream.below(100);
    if (sort < 40) faults.push({ do: 'isolate', target: stream.pick(members), ...lasting });
    else if (sort < 60) faults.push({ do: 'stall-disk', target: LEADER, ...lasting });
    else if (sort < 75) faults.push({ do: 'fail-reads', target: damaged, ...lasting });
    else faults.push({ do: 'slow-disk', target: stream.pick(members), factor: stream.between(2, 20), ...lasting });
  }
  const late = Math.max(1, untilUs - drawPercentOf(stream, unitUs, 20, 400));
  if (stream.percent(60)) faults.push({ do: 'lose-disk', target: damaged, at: late, for: drawPercentOf(stream, unitUs, 1, 40) });
  else faults.push({ do: 'rot', target: damaged, at: late, ...(stream.percent(50) ? { file: 'snapshot' } : {}) });
  return faults;
}

/** Leaders that hear late from one member what it no longer says, and nothing from the others. */
function echoes(window: PatternWindow): Fault[] {
  const { stream, unitUs, members } = window;
  const faults: Fault[] = [];
  for (const at of drawTimes(window, 600, 1_000)) {
    const echo = stream.pick(members);
    const byUs = drawPercentOf(stream, unitUs, 150, 320);
    // At first only one member is heard, late; then it does not hear the leader any more, which goes on hearing it.
    const loneUs = at + byUs;
    const silentUs = loneUs + drawPercentOf(stream, unitUs, 25, 90);
    faults.push({ do: 'delay', at, from: echo, to: LEADER, oneWay: true, byUs, for: silentUs + byUs - at });
    for (const other of members)
      if (other !== echo) faults.push({ do: 'partition', from: other, to: LEADER, at: loneUs, for: silentUs + byUs - loneUs });
    faults.push({ do: 'partition', from: LEADER, to: echo, oneWay: true, at: silentUs, for: byUs });
  }
  return faults;
}

/** Single links that come and go, often in one direction only. */
function flappingLinks(window: PatternWindow): Fault[] {
  const { stream, unitUs } = window;
  const faults: Fault[] = [];
  for (const at of drawTimes(window, 20, 200)) {
    const [from, to] = stream.shuffle([...window.members, LEADER]) as [string, string];
    faults.push({ do: 'partition', at, from, to, oneWay: stream.percent(60), for: drawPercentOf(stream, unitUs, 20, 400) });
  }
  return faults;
}

/** Anything at all, as a swarm draws it. */
function mixed(window: PatternWindow): Fault[] {
  const { stream, details, fromUs, untilUs, unitUs, groups } = window;
  const families = faultFamilies
    .filter(() => stream.percent(50))
    .map((family: FaultFamily) => ({ family, weight: stream.between(1, 8) }));
  const shape: PlanShape = {
    families: families.length > 0 ? families : [{ family: 'disk', weight: 1 }],
    faults: stream.between(3, 12),
    holdUs: Math.floor((unitUs * stream.pick([3, 10, 30])) / 10),
    calmUs: Math.floor(unitUs / 10),
    rolePercent: stream.pick([0, 30, 60]),
  };
  return drawFaults(stream, { groups, healAtUs: untilUs, fromUs, roles: ['raft-leader', 'lock-holder'] }, shape, details);
}

function calm(): Fault[] {
  return [];
}

const patterns = {
  powerLosses,
  blackouts,
  forks,
  coups,
  duels,
  laggards,
  relapses,
  lostSnapshots,
  stalls,
  pauses,
  sleepers,
  badDisks,
  echoes,
  deafness,
  absences,
  migrations,
  replacedDisks,
  successions,
  spoiledChanges,
  flappingLinks,
  mixed,
  calm,
} satisfies Readonly<Record<string, FaultPattern>>;

export type PatternName = keyof typeof patterns;

/** Those of a seed without a theme. */
const usualPatterns: readonly (readonly [share: number, FaultPattern])[] = [
  [3, powerLosses],
  [2, blackouts],
  [4, forks],
  [4, coups],
  [3, duels],
  [4, laggards],
  [3, stalls],
  [3, pauses],
  [3, sleepers],
  [3, badDisks],
  [3, echoes],
  [3, flappingLinks],
  [5, mixed],
  [1, calm],
];

/** Comes with any pattern: messages are lost, duplicated, and late. */
function badLinks({ stream, fromUs, untilUs, unitUs, members }: PatternWindow): Fault[] {
  const span = { at: fromUs, for: untilUs - fromUs };
  return [
    { do: 'lose', from: MEMBERS, to: MEMBERS, percent: stream.between(1, 8), ...span },
    { do: 'duplicate', from: MEMBERS, to: MEMBERS, percent: stream.between(1, 10), ...span },
    {
      do: 'delay',
      from: stream.pick(members),
      to: MEMBERS,
      oneWay: true,
      byUs: drawPercentOf(stream, Math.min(unitUs, ms(100)), 0, 8),
      ...span,
    },
  ];
}

/** Comes with any pattern in some seeds, by a stream of its own: disks that do not write for a moment. */
function unwritten(stream: Stream, fromUs: Micros, untilUs: Micros, timeoutUs: Micros, members: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  if (!stream.percent(UNWRITTEN_SEEDS)) return faults;
  for (let at = fromUs + stream.exponential(timeoutUs); at < untilUs; at += 1 + stream.exponential(3 * timeoutUs)) {
    faults.push({
      do: 'fail-writes',
      at,
      target: stream.percent(50) ? LEADER : stream.pick(members),
      for: drawPercentOf(stream, timeoutUs, 2, 40),
    });
  }
  return faults;
}

// ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function group(name: string, processes: readonly string[], topology: Topology, quorum: boolean): FaultGroup {
  const members = processes.map((process, at) => ({ name: process, region: storeRegion(topology, at) }));
  return {
    name,
    members,
    quorum,
    rejoins: quorum,
    weight: quorum ? 4 : 1,
    ...(quorum ? { files: storeFiles, says: storeSayings } : {}),
  };
}

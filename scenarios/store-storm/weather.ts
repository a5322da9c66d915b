/** The weather of a seed of the storm: one kind after the other, each a way in which stores have come to grief. */
import { storeMemberNames, storeRegion, storeSpareNames } from '../../model/store/group.ts';
import { isMemberIntent } from '../../model/store/client/member-operator.ts';
import {
  Atlas, drawFaults, faultFamilies, ms, type Fault, type FaultFamily, type FaultGroup, type Micros, type PlanShape, type Stream, type Topology,
} from '../../sim/index.ts';
import type { FaultDraw } from '../define-scenario.ts';
import { STORE_GROUP, storeFiles, storeSayings } from '../store-faults.ts';
import { electionTimeoutUs } from './design.ts';
import { everySoOften, LEADER, LOCK_HOLDER, MEMBERS, part, type Spell, type Weather } from './spell.ts';
import { absences, deafness, lostSnapshots, migrations, relapses, replacedDisks, spoiledChanges, successions } from './themed-weather.ts';
import type { Theme } from './themes.ts';

/** Elections before the first fault, so that there is something to lose. */
const COMES_UP_TIMEOUTS = 4;
const SPELLS_MOST = 4;
/** Out of a hundred that are about nothing in particular. */
const UNWRITTEN_SEEDS = 30;
/** Election timeouts that a spell is measured in. */
const usualUnits = [1, 1, 2, 8] as const;

/** The plan of a seed: one to four spells until the heal. None leaves the store without a way back. */
export function stormWeather(draw: FaultDraw, theme: Theme | null, healAtUs: Micros): readonly Fault[] {
  const { design, topology, workload } = draw;
  const stream = draw.stream('weather');
  const timeoutUs = electionTimeoutUs(design);
  const founders = [...storeMemberNames(design).values()];
  const members = [...founders, ...storeSpareNames(design)];
  const changesUs = workload.filter(isMemberIntent).map(({ at }) => at);
  const clients = [...new Set(workload.map(({ client }) => client))];
  const groups = [group(STORE_GROUP, members, topology, true), group('clients', clients, topology, false)];
  const beginUs = COMES_UP_TIMEOUTS * timeoutUs;
  const count = theme?.spells ?? stream.between(1, SPELLS_MOST);
  const lengthUs = Math.floor((healAtUs - beginUs) / count);
  const spells = Array.from({ length: count }, (_, at) => {
    const fromUs = beginUs + at * lengthUs;
    const unitUs = Math.min(timeoutUs * stream.pick(theme?.units ?? usualUnits), Math.floor(lengthUs / 2));
    const spell: Spell = { stream, details: draw.stream('weather/details'), fromUs, untilUs: fromUs + lengthUs, unitUs, members, founders, changesUs, clients, groups };
    return [...drawWeather(stream, theme)(spell), ...(stream.percent(50) ? badLinks(spell) : [])];
  }).flat();
  // What a theme brings together is left alone.
  const others = theme !== null ? [] : unwritten(draw.stream('weather/unwritten'), beginUs, healAtUs, timeoutUs, members);
  const atlas = new Atlas({ groups, healAtUs });
  return [...spells, ...others].filter(({ at }) => at < healAtUs).toSorted((a, b) => a.at - b.at).filter((fault) => atlas.admit(fault) === null);
}

function drawWeather(stream: Stream, theme: Theme | null): Weather {
  if (theme !== null) return weathers[stream.pick(theme.weather)];
  let left = stream.below(kinds.reduce((sum, [share]) => sum + share, 0));
  for (const [share, weather] of kinds) {
    if (left < share) return weather;
    left -= share;
  }
  throw new RangeError('kinds: there is none');
}

// ── the kinds ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Short losses of power while disks are slow, so that many strike between a write and its sync. */
function powerLosses(spell: Spell): Fault[] {
  const { stream, fromUs, unitUs } = spell;
  const faults: Fault[] = [{ do: 'slow-disk', at: fromUs, target: MEMBERS, factor: stream.between(2, 12), for: spell.untilUs - fromUs }];
  for (const at of everySoOften(spell, 6, 120)) {
    const target = stream.percent(40) ? LEADER : stream.pick(spell.members);
    faults.push({ do: 'crash', at, target, for: part(stream, unitUs, 1, stream.percent(20) ? 300 : 12) });
  }
  return faults;
}

/** The power fails everywhere at once. */
function blackouts(spell: Spell): Fault[] {
  const { stream, unitUs } = spell;
  const faults: Fault[] = [];
  for (const at of everySoOften(spell, 300, 800)) {
    for (const target of spell.members) faults.push({ do: stream.percent(70) ? 'crash' : 'kill', at: at + part(stream, unitUs, 0, 6), target, for: part(stream, unitUs, 5, 150) });
  }
  return faults;
}

/** Leaders cut off from other members and not from clients, one after the other. */
function forks(spell: Spell): Fault[] {
  const { stream, unitUs } = spell;
  const faults: Fault[] = [];
  for (const at of everySoOften(spell, 120, 350)) {
    faults.push({ do: 'partition', at, from: LEADER, to: MEMBERS, oneWay: stream.percent(20), for: part(stream, unitUs, 100, 500) });
    if (stream.percent(30)) faults.push({ do: 'slow-disk', at, target: MEMBERS, factor: stream.between(2, 20), for: part(stream, unitUs, 100, 300) });
  }
  return faults;
}

/** Hardly anybody leads for long, and entries reach a few members only (Raft figure 8). */
function coups(spell: Spell): Fault[] {
  const { stream, unitUs, fromUs, untilUs } = spell;
  const faults: Fault[] = [{ do: 'lose', at: fromUs, from: MEMBERS, to: MEMBERS, percent: stream.between(0, 70), kind: 'raft/append', for: untilUs - fromUs }];
  for (const at of everySoOften(spell, 10, 150)) {
    faults.push({ do: stream.percent(60) ? 'crash' : 'isolate', at, target: LEADER, for: part(stream, unitUs, 30, stream.percent(30) ? 900 : 300) });
  }
  return faults;
}

/** Candidates that tie: a member's requests are late, voters write slowly, and whoever has voted may lose power before it is written. */
function duels(spell: Spell): Fault[] {
  const { stream, unitUs, fromUs, untilUs, members } = spell;
  const whole = { at: fromUs, for: untilUs - fromUs };
  const faults: Fault[] = [{ do: 'slow-disk', target: MEMBERS, factor: stream.between(3, 30), ...whole }];
  for (const late of stream.shuffle(members).slice(0, stream.between(1, 2))) {
    faults.push({ do: 'delay', from: late, to: MEMBERS, oneWay: true, byUs: part(stream, unitUs, 5, 120), ...whole });
  }
  for (const at of everySoOften(spell, 200, 500)) {
    faults.push({ do: stream.percent(50) ? 'crash' : 'isolate', at, target: LEADER, for: part(stream, unitUs, 100, 300) });
    for (let crashes = stream.between(1, 4); crashes > 0; crashes--) {
      const crash = { at: at + part(stream, unitUs, 80, 300), target: stream.pick(members), for: part(stream, unitUs, 1, 12) };
      faults.push({ do: 'crash', ...crash });
      // It knows nothing of the election that it took part in, and begins another one.
      if (stream.percent(50)) faults.push({ do: 'isolate', at: crash.at, target: crash.target, for: part(stream, unitUs, 150, 350) });
    }
  }
  return faults;
}

/**
 * Members that lose touch with the others but not with their clients, so long that only a snapshot brings them back; some lose power
 * while they take it.
 */
function laggards(spell: Spell): Fault[] {
  const { stream, unitUs, fromUs, untilUs } = spell;
  const slow: Fault = { do: 'slow-disk', at: fromUs, target: MEMBERS, factor: stream.between(4, 32), for: untilUs - fromUs };
  const faults: Fault[] = stream.percent(40) ? [slow] : [];
  for (const at of everySoOften(spell, 200, 900)) {
    const target = stream.pick(spell.members);
    const cutUs = part(stream, unitUs, 200, 1_500);
    faults.push({ do: 'partition', at, from: target, to: MEMBERS, for: cutUs });
    if (stream.percent(40)) faults.push({ do: 'crash', at: at + cutUs + part(stream, unitUs, 1, 200), target, for: part(stream, unitUs, 1, 40) });
  }
  return faults;
}

/** Leaders whose disks stand still while the others commit without them. */
function stalls(spell: Spell): Fault[] {
  const { stream, unitUs } = spell;
  const faults: Fault[] = [];
  for (const at of everySoOften(spell, 80, 250)) {
    faults.push({ do: 'stall-disk', at, target: stream.percent(80) ? LEADER : stream.pick(spell.members), for: part(stream, unitUs, 30, 200) });
  }
  return faults;
}

/** Processes that stand still and know nothing of it. */
function pauses(spell: Spell): Fault[] {
  const { stream, unitUs } = spell;
  const faults: Fault[] = [];
  for (const at of everySoOften(spell, 60, 400)) {
    const target = stream.percent(60) ? LEADER : stream.pick(stream.percent(80) ? spell.members : spell.clients);
    faults.push({ do: 'pause', at, target, for: part(stream, unitUs, 20, 400) });
  }
  return faults;
}

/** Holders of locks, and of leases, that stand still for longer than a lease lives. */
function sleepers(spell: Spell): Fault[] {
  const { stream, fromUs, untilUs, clients } = spell;
  const faults: Fault[] = [];
  for (let at = fromUs + stream.below(ms(500)); at < untilUs; at += ms(300) + stream.below(ms(2_000))) {
    const target = stream.percent(60) ? LOCK_HOLDER : stream.pick([...clients, LEADER]);
    faults.push({ do: 'pause', at, target, for: ms(1_500) + stream.below(ms(3_500)) });
  }
  return faults;
}

/** Disks that cannot be read, stand still, or are gone, while somebody who may need what they hold is cut off. */
function badDisks(spell: Spell): Fault[] {
  const { stream, unitUs, members, untilUs } = spell;
  const faults: Fault[] = [];
  const damaged = stream.pick(members);
  for (const at of everySoOften(spell, 80, 400)) {
    const lasting = { at, for: part(stream, unitUs, 30, 500) };
    const sort = stream.below(100);
    if (sort < 40) faults.push({ do: 'isolate', target: stream.pick(members), ...lasting });
    else if (sort < 60) faults.push({ do: 'stall-disk', target: LEADER, ...lasting });
    else if (sort < 75) faults.push({ do: 'fail-reads', target: damaged, ...lasting });
    else faults.push({ do: 'slow-disk', target: stream.pick(members), factor: stream.between(2, 20), ...lasting });
  }
  const late = Math.max(1, untilUs - part(stream, unitUs, 20, 400));
  if (stream.percent(60)) faults.push({ do: 'lose-disk', target: damaged, at: late, for: part(stream, unitUs, 1, 40) });
  else faults.push({ do: 'rot', target: damaged, at: late, ...(stream.percent(50) ? { file: 'snapshot' } : {}) });
  return faults;
}

/** Leaders that hear late from one member what it no longer says, and nothing from the others. */
function echoes(spell: Spell): Fault[] {
  const { stream, unitUs, members } = spell;
  const faults: Fault[] = [];
  for (const at of everySoOften(spell, 600, 1_000)) {
    const echo = stream.pick(members);
    const byUs = part(stream, unitUs, 150, 320);
    // At first only one member is heard, late; then it does not hear the leader any more, which goes on hearing it.
    const loneUs = at + byUs;
    const silentUs = loneUs + part(stream, unitUs, 25, 90);
    faults.push({ do: 'delay', at, from: echo, to: LEADER, oneWay: true, byUs, for: silentUs + byUs - at });
    for (const other of members) if (other !== echo) faults.push({ do: 'partition', from: other, to: LEADER, at: loneUs, for: silentUs + byUs - loneUs });
    faults.push({ do: 'partition', from: LEADER, to: echo, oneWay: true, at: silentUs, for: byUs });
  }
  return faults;
}

/** Single links that come and go, often in one direction only. */
function flappingLinks(spell: Spell): Fault[] {
  const { stream, unitUs } = spell;
  const faults: Fault[] = [];
  for (const at of everySoOften(spell, 20, 200)) {
    const [from, to] = stream.shuffle([...spell.members, LEADER]) as [string, string];
    faults.push({ do: 'partition', at, from, to, oneWay: stream.percent(60), for: part(stream, unitUs, 20, 400) });
  }
  return faults;
}

/** Anything at all, as a swarm draws it. */
function mixed(spell: Spell): Fault[] {
  const { stream, details, fromUs, untilUs, unitUs, groups } = spell;
  const families = faultFamilies.filter(() => stream.percent(50)).map((family: FaultFamily) => ({ family, weight: stream.between(1, 8) }));
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

const weathers = {
  powerLosses, blackouts, forks, coups, duels, laggards, relapses, lostSnapshots, stalls, pauses, sleepers, badDisks, echoes, deafness, absences, migrations, replacedDisks, successions, spoiledChanges, flappingLinks, mixed, calm,
} satisfies Readonly<Record<string, Weather>>;

export type WeatherName = keyof typeof weathers;

const kinds: readonly (readonly [share: number, Weather])[] = [
  [3, powerLosses], [2, blackouts], [4, forks], [4, coups], [3, duels], [4, laggards], [3, stalls], [3, pauses], [3, sleepers], [3, badDisks], [3, echoes], [3, flappingLinks], [5, mixed], [1, calm],
];

/** Comes with any weather: messages are lost, doubled, and late. */
function badLinks({ stream, fromUs, untilUs, unitUs, members }: Spell): Fault[] {
  const span = { at: fromUs, for: untilUs - fromUs };
  return [
    { do: 'lose', from: MEMBERS, to: MEMBERS, percent: stream.between(1, 8), ...span },
    { do: 'duplicate', from: MEMBERS, to: MEMBERS, percent: stream.between(1, 10), ...span },
    { do: 'delay', from: stream.pick(members), to: MEMBERS, oneWay: true, byUs: part(stream, Math.min(unitUs, ms(100)), 0, 8), ...span },
  ];
}

/** Comes with any weather in some seeds, by a stream of its own: disks that do not write for a moment. */
function unwritten(stream: Stream, fromUs: Micros, untilUs: Micros, timeoutUs: Micros, members: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  if (!stream.percent(UNWRITTEN_SEEDS)) return faults;
  for (let at = fromUs + stream.exponential(timeoutUs); at < untilUs; at += 1 + stream.exponential(3 * timeoutUs)) {
    faults.push({ do: 'fail-writes', at, target: stream.percent(50) ? LEADER : stream.pick(members), for: part(stream, timeoutUs, 2, 40) });
  }
  return faults;
}

// ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function group(name: string, processes: readonly string[], topology: Topology, quorum: boolean): FaultGroup {
  const members = processes.map((process, at) => ({ name: process, region: storeRegion(topology, at) }));
  return { name, members, quorum, rejoins: quorum, weight: quorum ? 4 : 1, ...(quorum ? { files: storeFiles, says: storeSayings } : {}) };
}

/** Fault patterns that only a theme brings: each makes what is rare in itself come together with what it takes to matter. */
import { ms, type Fault } from '../../sim/index.ts';
import { drawPercentOf, drawTimes, LEADER, MEMBERS, type PatternWindow } from './pattern-window.ts';

/**
 * One member with a slow disk, which only a snapshot brings back time and again, and which loses power soon after it has got it.
 */
export function relapses(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs, members } = window;
  const target = stream.pick(members);
  const faults: Fault[] = [{ do: 'slow-disk', at: fromUs, target, factor: stream.between(8, 20), for: untilUs - fromUs }];
  for (const at of drawTimes(window, 450, 600)) {
    const cutUs = drawPercentOf(stream, unitUs, 150, 250);
    faults.push(
      { do: 'partition', at, from: target, to: MEMBERS, for: cutUs },
      {
        do: 'crash',
        at: at + cutUs + drawPercentOf(stream, unitUs, 100, 230),
        target,
        for: drawPercentOf(stream, unitUs, 3, 10),
      },
    );
  }
  return faults;
}

/**
 * A member's snapshot rots while another one, out of touch until all faults end, comes to need it. Of three, only the first leads
 * then: the third was out of touch before, and lacks what was committed meanwhile.
 */
export function lostSnapshots({ stream, fromUs, untilUs, unitUs, members }: PatternWindow): Fault[] {
  const [damaged, away, ...late] = stream.shuffle(members) as [string, string, ...string[]];
  const at = untilUs - Math.floor(((untilUs - fromUs) * stream.between(50, 80)) / 100);
  const lateUs = 4 * unitUs;
  return [
    ...late.map((target): Fault => ({ do: 'isolate', at: at - lateUs, target, for: lateUs + ms(2) })),
    { do: 'isolate', at, target: away, for: untilUs - at },
    ...[ms(1), ms(30)].map((beforeUs): Fault => ({ do: 'rot', at: untilUs - beforeUs, target: damaged, file: 'snapshot' })),
  ];
}

/** What others say to a leader is late when it is asked to hand over: so late that it has not heard yet who leads since. */
export function deafness({ stream, unitUs, fromUs, untilUs, changesUs }: PatternWindow): Fault[] {
  return changesUs
    .filter((changeUs) => changeUs >= fromUs && changeUs < untilUs)
    .map((changeUs): Fault => ({
      do: 'delay',
      at: Math.max(fromUs, changeUs - ms(5)),
      from: MEMBERS,
      to: LEADER,
      oneWay: true,
      byUs: drawPercentOf(stream, unitUs, 12, 40),
      for: drawPercentOf(stream, unitUs, 60, 120),
    }));
}

/**
 * Leaders whose words come late to those who were members from the beginning, and then not at all, just when the group is to be
 * changed: those who have come since hear them.
 */
export function spoiledChanges(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs, founders, changesUs } = window;
  const faults: Fault[] = [];
  for (const changeUs of changesUs) {
    if (changeUs < fromUs || changeUs >= untilUs) continue;
    const at = Math.max(fromUs, changeUs - unitUs);
    const cutUs = changeUs + drawPercentOf(stream, unitUs, 20, 180);
    const cutForUs = drawPercentOf(stream, unitUs, 200, 400);
    const byUs = drawPercentOf(stream, unitUs, 30, 70);
    for (const to of founders) {
      faults.push({ do: 'delay', at, from: LEADER, to, oneWay: true, byUs, for: cutUs + cutForUs - at });
      faults.push({ do: 'partition', at: cutUs, from: LEADER, to, for: cutForUs });
    }
  }
  return faults;
}

/**
 * A group is moved to another way of electing by restarts, while one member is out of touch: its turn comes last, when another
 * one is gone for good and whoever led before has given up.
 */
export function migrations({ stream, fromUs, untilUs, unitUs, members }: PatternWindow): Fault[] {
  const [late, ...early] = stream.shuffle(members) as [string, ...string[]];
  const gone = stream.pick(early);
  const awayUs = fromUs + drawPercentOf(stream, unitUs, 300, 800);
  const goneUs = untilUs - drawPercentOf(stream, unitUs, 400, 700);
  return [
    ...early.map((target, turn): Fault => ({
      do: 'crash',
      at: fromUs + turn * unitUs,
      target,
      for: drawPercentOf(stream, unitUs, 5, 30),
    })),
    { do: 'isolate', at: awayUs, target: late, for: untilUs - awayUs },
    { do: 'rot', at: goneUs, target: gone, file: 'wal' },
    { do: 'crash', at: goneUs + ms(1), target: gone, for: drawPercentOf(stream, unitUs, 5, 30) },
    {
      do: 'crash',
      at: untilUs - drawPercentOf(stream, unitUs, 50, 150),
      target: late,
      for: drawPercentOf(stream, unitUs, 5, 30),
    },
  ];
}

/**
 * One leader after the other is no longer heard, and hears the others: what was on its way is committed and acknowledged, and
 * those of whom the next leader comes do not know that. They write slowly, so it takes time until that one commits anything.
 */
export function successions(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs } = window;
  const faults: Fault[] = [
    { do: 'slow-disk', at: fromUs, target: MEMBERS, factor: stream.between(4, 12), for: untilUs - fromUs },
  ];
  for (const at of drawTimes(window, 250, 450)) {
    faults.push({ do: 'partition', at, from: LEADER, to: MEMBERS, oneWay: true, for: drawPercentOf(stream, unitUs, 150, 300) });
  }
  return faults;
}

/**
 * One machine's disk is replaced time and again, on a network that loses most of what leaders send; whoever leads when it is
 * back, and tells the others of it, leads no more soon after.
 */
export function replacedDisks(window: PatternWindow): Fault[] {
  const { stream, unitUs, fromUs, untilUs, members } = window;
  const target = stream.pick(members);
  const faults: Fault[] = [
    {
      do: 'lose',
      at: fromUs,
      from: MEMBERS,
      to: MEMBERS,
      percent: stream.between(40, 80),
      kind: 'raft/append',
      for: untilUs - fromUs,
    },
  ];
  for (const at of drawTimes(window, 500, 900)) {
    const away = drawPercentOf(stream, unitUs, 5, 30);
    faults.push({ do: 'lose-disk', at, target, for: away });
    for (
      let coupUs = at + away + drawPercentOf(stream, unitUs, 0, 60);
      coupUs < at + 5 * unitUs;
      coupUs += drawPercentOf(stream, unitUs, 120, 300)
    ) {
      faults.push({
        do: stream.percent(50) ? 'crash' : 'isolate',
        at: coupUs,
        target: LEADER,
        for: drawPercentOf(stream, unitUs, 100, 250),
      });
    }
  }
  return faults;
}

/** A member that is away for long, while others come and go. */
export function absences({ stream, fromUs, untilUs, founders }: PatternWindow): Fault[] {
  const at = fromUs + stream.below(Math.floor((untilUs - fromUs) / 4));
  return [{ do: 'isolate', at, target: stream.pick(founders), for: untilUs - at }];
}

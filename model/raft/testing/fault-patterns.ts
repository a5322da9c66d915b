/** Plans of faults for a Raft group, each of one pattern. */
import { ms, Streams, type Fault, type Micros, type Stream } from '../../../sim/index.ts';
import { HEAL_US, memberName } from './world.ts';

/**
 * A way in which faults follow each other. `mixed`: everything. `crashes`: short losses of power while disks are slow, so that
 * many strike between a write and its sync. `forks`: leaders cut off from other members and not from clients, one after the
 * other. `coups`: hardly anybody leads for long (Raft figure 8). `disks`: one member's snapshot rots, others stay away for long,
 * disks stand still or are lost. `echoes`: a leader that nobody hears any more goes on hearing what one member said long ago.
 * `splits`: the first members hear their leader late, and are cut off from it and not from each other. `deaf`: what others say to
 * a leader is late. `unwritten`: disks fail to write, and their machines lose power. `migration`: one member after the other is
 * restarted; the last of them is cut off for long before that, and when it is back another one is gone for good.
 */
export type FaultPattern =
  | 'mixed'
  | 'crashes'
  | 'forks'
  | 'coups'
  | 'disks'
  | 'echoes'
  | 'splits'
  | 'deaf'
  | 'unwritten'
  | 'migration';

type Draw = (stream: Stream, members: number, untilUs: Micros) => Fault[];

const draws: Readonly<Record<FaultPattern, Draw>> = {
  mixed: drawMixed,
  crashes: drawCrashes,
  forks: drawForks,
  coups: drawCoups,
  disks: drawDisks,
  echoes: drawEchoes,
  splits: drawSplits,
  deaf: drawDeaf,
  unwritten: drawUnwritten,
  migration: drawMigration,
};

/** A drawn plan of faults for the safety phase; the same for the same seed. In every second seed the network is bad besides. */
export function drawPattern(seed: number, members: number, pattern: FaultPattern, untilUs: Micros = HEAL_US): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  const faults = draws[pattern](stream, members, untilUs);
  if (stream.percent(50)) {
    faults.push({ do: 'lose', at: 0, from: 'member-*', to: 'member-*', percent: stream.between(1, 8) });
    faults.push({ do: 'duplicate', at: 0, from: 'member-*', to: 'member-*', percent: stream.between(1, 10) });
    faults.push({
      do: 'delay',
      at: 0,
      from: drawMember(stream, members),
      to: 'member-*',
      oneWay: true,
      byUs: stream.between(0, ms(6)),
    });
  }
  return faults.toSorted((a, b) => a.at - b.at);
}

function drawCrashes(stream: Stream, members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [{ do: 'slow-disk', at: 0, target: 'member-*', factor: stream.between(2, 12) }];
  for (let atUs = ms(100); atUs < untilUs; atUs += stream.between(ms(5), ms(120))) {
    const target = stream.percent(40) ? leader : drawMember(stream, members);
    faults.push({ do: 'crash', at: atUs, target, for: stream.between(ms(1), ms(stream.percent(20) ? 300 : 12)) });
  }
  return faults;
}

function drawForks(stream: Stream, _members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [];
  for (let atUs = ms(100); atUs < untilUs; atUs += stream.between(ms(100), ms(300))) {
    faults.push({ do: 'partition', at: atUs, from: leader, to: 'member-*', for: stream.between(ms(80), ms(400)) });
    if (stream.percent(30))
      faults.push({ do: 'slow-disk', at: atUs, target: 'member-*', factor: stream.between(2, 20), for: ms(200) });
  }
  return faults;
}

function drawCoups(stream: Stream, _members: number, untilUs: Micros): Fault[] {
  // So that entries reach a few members only.
  const faults: Fault[] = [
    { do: 'lose', at: 0, from: 'member-*', to: 'member-*', percent: stream.between(0, 70), kind: 'raft/append' },
  ];
  for (let atUs = ms(100); atUs < untilUs; atUs += stream.between(ms(3), ms(40))) {
    faults.push({
      do: stream.percent(60) ? 'crash' : 'isolate',
      at: atUs,
      target: leader,
      for: stream.between(ms(10), ms(stream.percent(30) ? 400 : 120)),
    });
  }
  return faults;
}

function drawDisks(stream: Stream, members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [];
  for (let atUs = ms(200); atUs < untilUs; atUs += stream.between(ms(60), ms(300))) {
    const sort = stream.below(100);
    const lasting = { at: atUs, for: stream.between(ms(20), ms(400)) };
    if (sort < 40) faults.push({ do: 'isolate', target: drawMember(stream, members), ...lasting });
    else if (sort < 60) faults.push({ do: 'stall-disk', target: leader, ...lasting });
    else if (sort < 75) faults.push({ do: 'fail-reads', target: leader, ...lasting });
    else faults.push({ do: 'slow-disk', target: drawMember(stream, members), factor: stream.between(2, 20), ...lasting });
  }
  // One member's data is damaged for good, and somebody who may need it comes back only at the end.
  if (stream.percent(50))
    faults.push({
      do: 'lose-disk',
      target: drawMember(stream, members),
      at: stream.between(ms(300), untilUs - ms(200)),
      for: ms(20),
    });
  else faults.push({ do: 'rot', target: leader, file: 'snapshot', at: untilUs - stream.between(ms(1), ms(40)) });
  faults.push({ do: 'isolate', target: drawMember(stream, members), at: untilUs - stream.between(ms(200), ms(600)) });
  return faults;
}

function drawEchoes(stream: Stream, members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [];
  for (let atUs = ms(150); atUs < untilUs; atUs += stream.between(ms(700), ms(1_000))) {
    const echo = memberName(stream.between(1, members));
    const byUs = stream.between(ms(100), ms(250));
    // At first only one member is heard, late; then it does not hear the leader any more, which goes on hearing it.
    const loneUs = atUs + byUs;
    const silentUs = loneUs + stream.between(ms(20), ms(60));
    faults.push({ do: 'delay', at: atUs, from: echo, to: leader, oneWay: true, byUs, for: silentUs + byUs - atUs });
    for (let id = 1; id <= members; id++) {
      if (memberName(id) !== echo)
        faults.push({ do: 'partition', from: memberName(id), to: leader, at: loneUs, for: silentUs + byUs - loneUs });
    }
    faults.push({ do: 'partition', from: leader, to: echo, oneWay: true, at: silentUs, for: byUs });
  }
  return faults;
}

function drawMigration(stream: Stream, members: number, untilUs: Micros): Fault[] {
  const at = stream.between(ms(200), ms(600));
  // So long before the end that whoever led without it has given up.
  const goneUs = untilUs - stream.between(ms(300), ms(500));
  const gone = memberName(stream.between(1, members - 1));
  const restarts = Array.from({ length: members - 1 }, (_, n): Fault => ({
    do: 'crash',
    target: memberName(n + 1),
    at: ms(60) * (n + 1),
    for: ms(10),
  }));
  return [
    ...restarts,
    { do: 'isolate', target: memberName(members), at, for: untilUs - at },
    { do: 'crash', target: memberName(members), at: untilUs - ms(50), for: ms(10) },
    { do: 'rot', target: gone, file: 'wal', at: goneUs },
    { do: 'crash', target: gone, at: goneUs + ms(1), for: ms(10) },
  ];
}

function drawUnwritten(stream: Stream, members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [];
  for (let atUs = ms(200); atUs < untilUs; atUs += stream.between(ms(60), ms(200))) {
    const target = stream.percent(60) ? leader : drawMember(stream, members);
    faults.push({ do: 'fail-writes', target, at: atUs, for: stream.between(ms(1), ms(30)) });
    if (stream.percent(30))
      faults.push({
        do: 'crash',
        target: drawMember(stream, members),
        at: atUs + stream.between(ms(5), ms(60)),
        for: stream.between(ms(5), ms(40)),
      });
  }
  return faults;
}

function drawDeaf(stream: Stream, _members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [];
  for (let atUs = ms(250); atUs < untilUs; atUs += ms(200)) {
    faults.push({
      do: 'delay',
      at: atUs,
      from: 'member-*',
      to: leader,
      oneWay: true,
      byUs: stream.between(ms(20), ms(60)),
      for: ms(190),
    });
  }
  return faults;
}

function drawSplits(stream: Stream, members: number, untilUs: Micros): Fault[] {
  const faults: Fault[] = [];
  for (let atUs = ms(120); atUs < untilUs; atUs += stream.between(ms(300), ms(450))) {
    const lasting = { at: atUs + stream.between(ms(30), ms(150)), for: stream.between(ms(100), ms(200)) };
    for (let id = 1; id <= members; id++) {
      faults.push({
        do: 'delay',
        at: atUs,
        from: leader,
        to: memberName(id),
        oneWay: true,
        byUs: stream.between(ms(5), ms(50)),
        for: ms(200),
      });
      faults.push({ do: 'partition', from: leader, to: memberName(id), ...lasting });
    }
  }
  return faults;
}

const mixedKinds: readonly Fault['do'][] = [
  'crash',
  'crash',
  'kill',
  'pause',
  'slow',
  'partition',
  'partition',
  'isolate',
  'isolate',
  'delay',
  'slow-disk',
  'stall-disk',
  'fill-disk',
  'fail-reads',
  'drift-clock',
  'step-clock',
];

function drawMixed(stream: Stream, members: number, untilUs: Micros): Fault[] {
  return Array.from({ length: stream.between(3, 9) }, () => drawOne(stream, members, untilUs));
}

function drawOne(stream: Stream, members: number, untilUs: Micros): Fault {
  const at = stream.between(ms(100), untilUs - ms(100));
  const lasting = { at, for: stream.between(ms(5), ms(stream.percent(30) ? 600 : 150)) };
  const target = stream.percent(40) ? leader : drawMember(stream, members);
  const from = drawMember(stream, members);
  const to = stream.percent(30) ? 'member-*' : drawMember(stream, members);
  const name = stream.pick(mixedKinds);
  switch (name) {
    case 'slow':
      return { do: name, target, factor: stream.between(2, 20), ...lasting };
    case 'slow-disk':
      return { do: name, target, factor: stream.between(2, 40), ...lasting };
    case 'partition':
      return { do: name, from, to, oneWay: stream.percent(50), ...lasting };
    case 'delay':
      return { do: name, from, to, byUs: stream.between(ms(1), ms(40)), ...lasting };
    case 'drift-clock':
      return { do: name, target, ppm: stream.between(-200_000, 200_000), ...lasting };
    case 'step-clock':
      return { do: name, target, byUs: stream.between(-ms(500), ms(500)), at };
    case 'crash':
    case 'kill':
    case 'pause':
    case 'isolate':
    case 'stall-disk':
    case 'fill-disk':
    case 'fail-reads':
      return { do: name, target, ...lasting };
    default:
      throw new RangeError(`no plan draws ${name}`);
  }
}

const leader = 'role:raft-leader';

function drawMember(stream: Stream, members: number): string {
  return memberName(stream.between(1, members));
}

/** A world with nothing but one Raft group, counting, and its clients: where the host, its properties and its defects are tested. */
import {
  createRun, ms, seconds, Streams, type Fault, type Micros, type Property, type Run, type Stream, type Topology,
} from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { CounterClient } from './client.ts';
import { CounterServer, type CounterServerView } from './counter.ts';

export interface RaftWorldOptions {
  readonly seed: number;
  readonly members?: number;
  readonly clients?: number;
  readonly defects?: readonly string[];
  readonly faults?: readonly Fault[];
  readonly properties?: readonly Property[];
  readonly design?: Partial<Design>;
  /** Mean pause of a client between two operations. */
  readonly pauseUs?: Micros;
  readonly healAtUs?: Micros;
  readonly endUs?: Micros;
  readonly keepEvidence?: boolean;
}

/** Everything ten times as fast as in production, so that much happens in a second. */
const testDesign: Design = {
  ...defaultDesign,
  heartbeatUs: ms(10),
  electionTicks: 8,
  snapshotEveryEntries: 20,
  entriesBehindSnapshot: 5,
  storeRequestUs: ms(400),
};

const oneRoom: Topology = {
  regions: ['room'],
  latency: [[{ baseUs: 400, jitterUs: 300 }]],
  bandwidthMbps: 1_000,
  queueUs: ms(100),
  keepaliveUs: ms(500),
  retransmitUs: ms(20),
};

export const HEAL_US = seconds(2);
export const END_US = seconds(4);

export function createRaftRun(options: RaftWorldOptions): Run {
  const { seed, members = 3, clients = 3, pauseUs = ms(8), healAtUs = HEAL_US } = options;
  const design = { ...testDesign, ...options.design };
  const defects = new Set(options.defects);
  const names = new Map(Array.from({ length: members }, (_, at) => [at + 1, memberName(at + 1)]));
  return createRun({
    seed,
    topology: oneRoom,
    faults: options.faults ?? [],
    properties: options.properties ?? [],
    healAtUs,
    endUs: options.endUs ?? END_US,
    keepEvidence: options.keepEvidence ?? false,
    build(world) {
      for (const [id, name] of names) {
        world.process({ name, region: 'room', restartUs: ms(50), boot: (os) => new CounterServer(os, id, names, design, defects) });
      }
      for (let at = 1; at <= clients; at++) {
        const boot = (os: ConstructorParameters<typeof CounterClient>[0]): CounterClient => new CounterClient(os, [...names.values()], pauseUs, healAtUs);
        world.process({ name: `client-${at}`, region: 'room', boot });
      }
      world.role('raft-leader', () => leaderAmong([...names.values()].map((name) => world.inspect(name) as CounterServerView | null)));
    },
  });
}

export function memberName(id: number): string {
  return `member-${id}`;
}

/** Process name of the leader with the highest term, or null. */
export function leaderAmong(views: readonly (CounterServerView | null)[]): string | null {
  let leader: CounterServerView | null = null;
  for (const view of views) {
    if (view?.raft?.role === 'leader' && view.raft.term > (leader?.raft?.term ?? 0)) leader = view;
  }
  return leader?.process ?? null;
}

/** Which faults a plan is drawn from. */
export type Weather = 'mixed' | 'crashes' | 'network' | 'reads';

/** A drawn plan of faults for the safety phase; the same for the same seed. */
export function drawFaults(seed: number, members: number, weather: Weather, untilUs: Micros = HEAL_US): readonly Fault[] {
  const stream = new Streams(seed).stream('plan');
  const count = stream.between(3, 9);
  const faults: Fault[] = [];
  for (let at = 0; at < count; at++) faults.push(drawFault(stream, members, weather, untilUs));
  if (weather !== 'mixed' || stream.percent(50)) {
    faults.push({ do: 'lose', at: 0, from: 'member-*', to: 'member-*', percent: stream.between(1, 8) });
    faults.push({ do: 'duplicate', at: 0, from: 'member-*', to: 'member-*', percent: stream.between(1, 10) });
    faults.push({ do: 'delay', at: 0, from: drawMember(stream, members), to: 'member-*', oneWay: true, byUs: stream.between(0, ms(6)) });
  }
  return faults.toSorted((a, b) => a.at - b.at);
}

const kinds: Record<Weather, readonly Fault['do'][]> = {
  mixed: [
    'crash', 'crash', 'kill', 'pause', 'slow', 'partition', 'partition', 'isolate', 'isolate', 'delay', 'slow-disk', 'stall-disk', 'fill-disk',
    'fail-reads', 'drift-clock', 'step-clock',
  ],
  crashes: ['crash', 'crash', 'crash', 'kill', 'slow-disk', 'slow-disk', 'isolate', 'stall-disk'],
  network: ['partition', 'isolate', 'isolate', 'delay', 'pause', 'crash', 'slow-disk'],
  reads: ['isolate', 'pause', 'partition', 'crash', 'isolate'],
};

function drawFault(stream: Stream, members: number, weather: Weather, untilUs: Micros): Fault {
  const at = stream.between(ms(100), untilUs - ms(100));
  const lasting = { at, for: stream.between(ms(5), ms(stream.percent(30) ? 600 : 150)) };
  const target = stream.percent(40) ? 'role:raft-leader' : drawMember(stream, members);
  const from = drawMember(stream, members);
  const to = stream.percent(30) ? 'member-*' : drawMember(stream, members);
  const name = stream.pick(kinds[weather]);
  switch (name) {
    case 'slow': return { do: name, target, factor: stream.between(2, 20), ...lasting };
    case 'slow-disk': return { do: name, target, factor: stream.between(2, 40), ...lasting };
    case 'partition': return { do: name, from, to, oneWay: stream.percent(50), ...lasting };
    case 'delay': return { do: name, from, to, byUs: stream.between(ms(1), ms(40)), ...lasting };
    case 'drift-clock': return { do: name, target, ppm: stream.between(-200_000, 200_000), ...lasting };
    case 'step-clock': return { do: name, target, byUs: stream.between(-ms(500), ms(500)), at };
    case 'crash': case 'kill': case 'pause': case 'isolate': case 'stall-disk': case 'fill-disk': case 'fail-reads':
      return { do: name, target, ...lasting };
    default: throw new RangeError(`no plan draws ${name}`);
  }
}

function drawMember(stream: Stream, members: number): string {
  return memberName(stream.between(1, members));
}

/**
 * A world with nothing but one Raft group, counting, and its clients: where the host, its properties and its defects are tested.
 */
import { createRun, ms, seconds, type Fault, type Micros, type Property, type Run, type Topology } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { leaderAmong } from '../host/leader-among.ts';
import { CounterClient } from './client.ts';
import { Operator, ScriptedOperator, type OperatorStep } from './operator.ts';
import { CounterServer, type CounterServerView } from './counter.ts';

export interface RaftWorldOptions {
  readonly seed: number;
  readonly members?: number;
  /** Processes that idle until an operator adds them; with any, there is an operator. */
  readonly spares?: number;
  /** The operator often asks for two changes at once. */
  readonly hastyOperator?: boolean;
  /** What the operator asks for, instead of what it draws. */
  readonly operatorScript?: readonly OperatorStep[];
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
  /** Size of a command. A large one travels and becomes durable alone. */
  readonly commandBytes?: number;
  /** Size of a snapshot. */
  readonly stateBytes?: number;
  /** Mean of the latency's tail: a long one makes messages overtake each other. */
  readonly jitterUs?: Micros;
}

/** Everything ten times as fast as in production, so that much happens in a second. */
export const testDesign: Design = {
  ...defaultDesign,
  heartbeatUs: ms(10),
  electionTicks: 8,
  snapshotEveryEntries: 20,
  entriesBehindSnapshot: 5,
  walSegmentBytes: 1_500,
  snapshotChunkBytes: 900,
  storeRequestUs: ms(400),
};

function oneRoom(jitterUs: Micros): Topology {
  return {
    regions: ['room'],
    latency: [[{ baseUs: 400, jitterUs }]],
    bandwidthMbps: 1_000,
    queueUs: ms(100),
    keepaliveUs: ms(500),
    retransmitUs: ms(20),
  };
}

export const HEAL_US = seconds(2);
/** Late enough for `raft/availability` to judge. */
export const END_US = seconds(6);

export function createRaftRun(options: RaftWorldOptions): Run {
  const {
    seed,
    members = 3,
    spares = 0,
    clients = 3,
    pauseUs = ms(8),
    healAtUs = HEAL_US,
    commandBytes = 120,
    stateBytes = 2_000,
  } = options;
  const design = { ...testDesign, ...options.design };
  const defects = new Set(options.defects);
  const names = new Map(Array.from({ length: members }, (_, at) => [at + 1, memberName(at + 1)]));
  const spareNames = Array.from({ length: spares }, (_, at) => memberName(members + at + 1));
  const servers = [...names.values(), ...spareNames];
  return createRun({
    seed,
    topology: oneRoom(options.jitterUs ?? 300),
    faults: options.faults ?? [],
    properties: options.properties ?? [],
    healAtUs,
    endUs: options.endUs ?? END_US,
    keepEvidence: options.keepEvidence ?? false,
    build(world) {
      const server = (name: string, id: number): void =>
        world.process({
          name,
          region: 'room',
          restartUs: ms(50),
          boot: (os) =>
            new CounterServer({ os, id, members: names, spares: spareNames, design, defects, commandBytes, stateBytes }),
        });
      for (const [id, name] of names) server(name, id);
      for (const name of spareNames) server(name, 0);
      if (spares > 0)
        world.process({
          name: 'operator',
          region: 'room',
          boot: (os) =>
            options.operatorScript === undefined
              ? new Operator(os, servers, healAtUs, options.hastyOperator ?? false)
              : new ScriptedOperator(os, servers, options.operatorScript),
        });
      for (let at = 1; at <= clients; at++) {
        const boot = (os: ConstructorParameters<typeof CounterClient>[0]): CounterClient =>
          new CounterClient(os, servers, pauseUs, healAtUs);
        world.process({ name: `client-${at}`, region: 'room', boot });
      }
      world.role('raft-leader', () => leaderProcess(servers.map((name) => world.inspect(name) as CounterServerView | null)));
    },
  });
}

export function memberName(id: number): string {
  return `member-${id}`;
}

/** Process name of the leader with the highest term, or null. */
export function leaderProcess(views: readonly (CounterServerView | null)[]): string | null {
  return leaderAmong(views)?.process ?? null;
}

/** The frozen workload of the layer `raft`: five members over disk and network, and a client that never waits. */
import { createRun, kind, mix3, threeRegions, type Kind, type Os, type Program, type Run } from '../../sim/index.ts';
import { noDefects } from '../../model/defect.ts';
import { defaultDesign } from '../../model/design.ts';
import { raftProperties } from '../../model/properties/raft/index.ts';
import { inMemory, RaftNode, type AppliedEntry, type RaftNodeView } from '../../model/raft/index.ts';

const MEMBERS = 5;
const PROPOSALS_PER_SECOND = 2_000;
const COMMAND_BYTES = 256;
const STATE_BYTES = 16 * 1_024;

const proposal: Kind<number> = kind<number>('bench/proposal', { digest: (body, digest) => digest.int(body) });
const pace: Kind<null> = kind<null>('bench/pace', { serviceUs: 1 });

/**
 * Five members in one region with the default design. Each 500 µs a client sends a proposal to one member after the other; four
 * of five are forwarded to the leader. Every property of Raft is asserted at every step.
 */
export function raftRun(): Run {
  const topology = threeRegions();
  const region = topology.regions[0] as string;
  const members = new Map(Array.from({ length: MEMBERS }, (_, at) => [at + 1, `member-${at + 1}`]));
  // Two hours: more than 200 million steps.
  const endUs = 7_200_000_000;
  return createRun({
    seed: 1,
    topology,
    faults: [],
    properties: raftProperties(),
    healAtUs: endUs,
    endUs,
    build(world) {
      for (const [id, name] of members) world.process({ name, region, boot: (os) => new BenchMember(os, id, members) });
      world.process({ name: 'client', region, boot: (os) => client(os, [...members.values()]) });
    },
  });
}

class BenchMember implements Program {
  private readonly node: RaftNode;
  private state = 0;

  constructor(os: Os, id: number, members: ReadonlyMap<number, string>) {
    const machine = inMemory({
      apply: (entry: AppliedEntry): void => {
        this.state = mix3(this.state, entry.hash, entry.index);
      },
      snapshot: () => ({ state: this.state, bytes: STATE_BYTES, hash: this.state }),
      restore: (state: unknown): void => {
        this.state = state as number;
      },
    });
    this.node = new RaftNode({ os, id, members, machine, design: defaultDesign, defects: noDefects });
  }

  start(): void {
    this.node.start();
  }

  receive(from: string, what: Kind, body: unknown): void {
    if (!this.node.receive(from, what, body)) this.node.propose(body, COMMAND_BYTES, mix3(body as number, 0, 0), '');
  }

  inspect(): RaftNodeView {
    return this.node.inspect();
  }
}

function client(os: Os, members: readonly string[]): Program {
  let sent = 0;
  const send = (): void => {
    os.send(members[sent % members.length] as string, proposal, sent);
    sent++;
    os.after(1_000_000 / PROPOSALS_PER_SECOND, pace, send);
  };
  return { start: send };
}

/** A small world for tests of the terminal UI: `n1` pings two peers, who sync before they answer; a duplicate breaks it. */
import {
  boundary,
  kind,
  ms,
  seconds,
  threeRegions,
  type Boot,
  type Fault,
  type Os,
  type Program,
  type Property,
  type RunSpec,
} from '../../../sim/index.ts';

interface Ping {
  readonly round: number;
}

const ping = kind<Ping>('ring/ping', { describe: ({ round }) => `ping ${round}` });
const pong = kind<Ping>('ring/pong', { describe: ({ round }) => `pong ${round}` });
const turn = kind<null>('ring/turn', { describe: () => 'a new round is due' });
const answered = boundary<Ping & { readonly by: string }>('ring/answered', ({ by, round }) => `${by} answered ${round}`);

class Pinger implements Program {
  private readonly os: Os;
  private round = 0;
  private readonly answers = new Map<string, number>();

  constructor(os: Os) {
    this.os = os;
  }

  start(): void {
    this.next();
  }

  receive(from: string, _kind: unknown, body: unknown): void {
    this.answers.set(from, (this.answers.get(from) ?? 0) + 1);
    this.os.cross(answered, { by: from, round: (body as Ping).round });
  }

  inspect(): unknown {
    return { role: 'pinger', round: this.round, answers: Object.fromEntries(this.answers) };
  }

  private next(): void {
    this.round++;
    for (const peer of this.os.lookup('n')) if (peer !== this.os.name) this.os.send(peer, ping, { round: this.round });
    this.os.after(ms(100), turn, () => this.next());
  }
}

class Ponger implements Program {
  private readonly os: Os;
  private seen = 0;

  constructor(os: Os) {
    this.os = os;
  }

  start(): void {
    this.os.disk.read('rounds', (records) => {
      this.seen = records.length;
    });
  }

  receive(from: string, _kind: unknown, body: unknown): void {
    this.seen++;
    this.os.disk.append('rounds', body, 64);
    this.os.disk.fsync('rounds', () => this.os.send(from, pong, body));
  }

  inspect(): unknown {
    return { role: 'ponger', seen: this.seen };
  }
}

const boot =
  (make: new (os: Os) => Program): Boot =>
  (os) =>
    new make(os);

const oneAnswer: Property = {
  id: 'ring/one-answer-per-ping',
  kind: 'always',
  title: 'No peer answers a ping twice.',
  monitor(report) {
    const seen = new Set<string>();
    return {
      crossed: (_process, what, body) => {
        if (what !== answered) return;
        const text = answered.describe(body as Ping & { by: string });
        if (seen.has(text)) report.violated(`${text} twice`);
        seen.add(text);
      },
    };
  },
};

const bothAnswer: Property = {
  id: 'ring/both-answer',
  kind: 'eventually',
  title: 'In the end both peers have answered often.',
  monitor(_report, scene) {
    return {
      pending: () => {
        const view = scene.inspect('n1') as { answers: Record<string, number> } | null;
        const least = Math.min(view?.answers['n2'] ?? 0, view?.answers['n3'] ?? 0);
        return least >= 30 ? null : `only ${least} of 30 answers`;
      },
    };
  },
};

const peerWasDown: Property = {
  id: 'ring/peer-was-down',
  kind: 'sometimes',
  title: 'A peer crashes.',
  monitor: (report) => ({ crashed: () => report.hit() }),
};

const mildFaults: readonly Fault[] = [
  { at: ms(500), do: 'pause', target: 'n3', for: ms(250) },
  { at: ms(700), do: 'isolate', target: 'n2', for: ms(400) },
  { at: ms(1_500), do: 'crash', target: 'n3', for: ms(300) },
];

/** With `broken`, datagrams are duplicated from 2.2 s on, and `ring/one-answer-per-ping` breaks. */
export function pingPong(seed: number, broken = true): RunSpec {
  const duplicated: Fault = { at: ms(2_200), do: 'duplicate', percent: 30, from: 'n1', to: 'n2', for: ms(800) };
  return {
    seed,
    topology: threeRegions(),
    build: (world) => {
      world.process({ name: 'n1', region: 'east', boot: boot(Pinger) });
      world.process({ name: 'n2', region: 'east', boot: boot(Ponger) });
      world.process({ name: 'n3', region: 'west', boot: boot(Ponger) });
    },
    faults: broken ? [...mildFaults, duplicated] : mildFaults,
    properties: [oneAnswer, bothAnswer, peerWasDown],
    healAtUs: seconds(3),
    endUs: seconds(6),
  };
}

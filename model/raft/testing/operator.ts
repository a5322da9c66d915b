/** An operator who changes the group now and then, whoever leads it. */
import { kind, ms, type Kind, type Micros, type Os, type Program, type Stream } from '../../../sim/index.ts';
import { adminKind, type AdminRequest } from './counter.ts';

const nextKind: Kind<null> = kind<null>('counter/operate', { describe: () => 'changes something' });

export class Operator implements Program {
  private readonly os: Os;
  private readonly servers: readonly string[];
  private readonly untilUs: Micros;
  private readonly stream: Stream;

  constructor(os: Os, servers: readonly string[], untilUs: Micros) {
    this.os = os;
    this.servers = servers;
    this.untilUs = untilUs;
    this.stream = os.random('operator');
  }

  start(): void {
    this.later();
  }

  private operate(): void {
    if (this.os.monotonicUs() > this.untilUs) return;
    const operation = this.stream.pick<AdminRequest['operation']>(['add', 'add', 'promote', 'promote', 'remove', 'move-leader']);
    const request: AdminRequest = { operation, draw: this.stream.below(1_000) };
    for (const server of this.servers) this.os.send(server, adminKind, request);
    this.later();
  }

  private later(): void {
    this.os.after(ms(20) + this.stream.below(ms(120)), nextKind, () => this.operate());
  }
}

/** A client of the counter: one operation after the other, recorded in the history as it saw them. */
import {
  kind,
  ms,
  type Kind,
  type Micros,
  type Operation,
  type Os,
  type Program,
  type Stream,
  type Timer,
} from '../../../sim/index.ts';
import { replyKind, requestKind, type CounterReply } from './counter.ts';

const nextKind: Kind<null> = kind<null>('counter/next', { describe: () => 'asks again' });
const deadlineKind: Kind<null> = kind<null>('counter/deadline', { describe: () => 'gives up waiting' });

const DEADLINE_US = ms(400);

export class CounterClient implements Program {
  private readonly os: Os;
  private readonly servers: readonly string[];
  private readonly pauseUs: Micros;
  private readonly untilUs: Micros;
  private readonly stream: Stream;
  private server: number;
  private asked = 0;
  private operation: Operation | null = null;
  private deadline: Timer | null = null;

  constructor(os: Os, servers: readonly string[], pauseUs: Micros, untilUs: Micros) {
    this.os = os;
    this.servers = servers;
    this.pauseUs = pauseUs;
    this.untilUs = untilUs;
    this.stream = os.random('counter');
    this.server = this.stream.below(servers.length);
  }

  start(): void {
    this.later();
  }

  receive(_from: string, what: Kind, body: unknown): void {
    if (what !== replyKind) return;
    const { id, ok, count } = body as CounterReply;
    if (this.operation === null || id !== this.asked) return;
    this.settle(ok ? 'ok' : 'fail', ok ? count : null);
  }

  private ask(): void {
    if (this.os.monotonicUs() > this.untilUs) return;
    const name = this.stream.percent(50) ? 'add' : 'read';
    // An id is never used twice, not by a later incarnation either.
    this.asked = this.os.incarnation * 1_000_000 + (this.asked % 1_000_000) + 1;
    this.operation = this.os.history.invoke(this.os.name, name, null);
    this.os.send(this.servers[this.server]!, requestKind, { id: this.asked, name });
    this.deadline = this.os.after(DEADLINE_US, deadlineKind, () => this.settle('info', null));
  }

  private settle(status: 'ok' | 'fail' | 'info', output: unknown): void {
    const operation = this.operation!;
    this.operation = null;
    if (this.deadline !== null) this.os.cancel(this.deadline);
    this.os.history.settle(operation, status, output);
    if (status !== 'ok') this.server = this.stream.below(this.servers.length);
    this.later();
  }

  private later(): void {
    this.os.after(1 + this.stream.below(2 * this.pauseUs), nextKind, () => this.ask());
  }
}

/** An operator who changes the group now and then, whoever leads it. */
import { kind, ms, type Kind, type Micros, type Os, type Program, type Stream } from '../../../sim/index.ts';
import { adminKind, type AdminRequest } from './counter.ts';

const nextKind: Kind<null> = kind<null>('counter/operate', { describe: () => 'changes something' });

export interface OperatorStep extends AdminRequest {
  readonly at: Micros;
}

const operations: readonly AdminRequest['operation'][] = ['add', 'add', 'promote', 'promote', 'remove', 'move-leader'];
const hastyOperations: readonly AdminRequest['operation'][] = ['add', 'add', 'add', 'promote', 'remove'];

export class Operator implements Program {
  private readonly os: Os;
  private readonly servers: readonly string[];
  private readonly untilUs: Micros;
  private readonly hasty: boolean;
  private readonly stream: Stream;

  /** `hasty`: asks often, and for two members to be promoted or removed at once. */
  constructor(os: Os, servers: readonly string[], untilUs: Micros, hasty: boolean) {
    this.os = os;
    this.servers = servers;
    this.untilUs = untilUs;
    this.hasty = hasty;
    this.stream = os.random('operator');
  }

  start(): void {
    this.later();
  }

  private operate(): void {
    if (this.os.monotonicUs() > this.untilUs) return;
    const operation = this.stream.pick(this.hasty ? hastyOperations : operations);
    const draw = this.stream.below(1_000);
    this.ask({ operation, draw });
    if (this.hasty && operation !== 'add') this.ask({ operation, draw: draw + 1 });
    this.later();
  }

  private ask(request: AdminRequest): void {
    for (const server of this.servers) this.os.send(server, adminKind, request);
  }

  private later(): void {
    this.os.after(this.hasty ? ms(5) + this.stream.below(ms(30)) : ms(20) + this.stream.below(ms(120)), nextKind, () =>
      this.operate(),
    );
  }
}

/** One that asks for what it is told to, when it is told to. */
export class ScriptedOperator implements Program {
  private readonly os: Os;
  private readonly servers: readonly string[];
  private readonly script: readonly OperatorStep[];

  constructor(os: Os, servers: readonly string[], script: readonly OperatorStep[]) {
    this.os = os;
    this.servers = servers;
    this.script = script;
  }

  start(): void {
    for (const { at, ...request } of this.script)
      this.os.after(at, nextKind, () => {
        for (const server of this.servers) this.os.send(server, adminKind, request);
      });
  }
}

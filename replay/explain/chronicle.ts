/** What happened in a run, event by event, with the causes; kept to look back from its end. */
import {
  EventType,
  type Boundary,
  type Fault,
  type Kind,
  type Micros,
  type Observer,
  type Operation,
  type Outcome,
  type Process,
  type Run,
  type SimEvent,
  type Violation,
} from '../../sim/index.ts';

/** One step. */
export interface Happening {
  readonly step: number;
  /** The event's id: what causes refer to. */
  readonly id: number;
  readonly cause: number;
  readonly timeUs: Micros;
  /** When what was sent left its source. */
  readonly departUs: Micros;
  readonly type: EventType;
  readonly outcome: Outcome;
  readonly source: string | null;
  readonly target: string | null;
  readonly kind: string;
  /** In the words of its kind. */
  readonly words: string;
  /** Its place on the link, for a message. */
  readonly luck: number;
}

/** Something crossed a boundary of the system while a step was taken. */
export interface Crossing {
  readonly step: number;
  readonly timeUs: Micros;
  readonly process: string;
  readonly boundary: string;
  readonly words: string;
}

/** A message was handed to the network. */
export interface Sending {
  readonly step: number;
  readonly timeUs: Micros;
  readonly from: string;
  readonly to: string;
  readonly kind: Kind;
  readonly body: unknown;
}

/** A fault as it came to pass. */
export interface FaultSpan {
  /** Position in the plan. */
  readonly index: number;
  readonly fault: Fault;
  readonly struck: readonly string[];
  readonly fromUs: Micros;
  readonly fromStep: number;
  /** When it was over; null while it lasts, the same as the beginning for what happens at once. */
  toUs: Micros | null;
  toStep: number | null;
}

/** A process began or lost its memory. */
export interface Life {
  readonly step: number;
  readonly timeUs: Micros;
  readonly process: string;
  readonly what: 'starts' | 'loses power' | 'ends';
  /** Of a start: how many there have been. */
  readonly incarnation: number;
}

export interface Asked {
  readonly operation: Operation;
  readonly step: number;
}

/** Attach it before the first step. */
export class Chronicle implements Observer {
  /** Step `n` stands at position `n - 1`. */
  readonly happenings: Happening[] = [];
  readonly crossings: Crossing[] = [];
  readonly spans: FaultSpan[] = [];
  readonly lives: Life[] = [];
  readonly operations: Operation[] = [];
  healedUs: Micros | null = null;
  readonly processes: readonly string[];
  private readonly run: Run;
  /** By who sent it to whom: what has not been taken in. */
  private readonly underWay = new Map<string, Sending[]>();
  /** By id of event, the step that it was. */
  private readonly steps = new Map<number, number>();

  constructor(run: Run) {
    this.run = run;
    this.processes = run.processes.map(({ name }) => name);
    run.observe(this);
    run.history.listen({ invoked: (operation) => void this.operations.push(operation) });
  }

  /** What the run came to; null when it did not fail. What a program threw counts as a failure of that process. */
  get failure(): Violation | null {
    const { violation, failure } = this.run;
    if (failure === null) return violation;
    return {
      property: `crash of ${failure.process}`,
      kind: 'always',
      step: failure.step,
      timeUs: failure.timeUs,
      message: failure.message,
    };
  }

  get endUs(): Micros {
    return this.run.nowUs;
  }

  at(step: number): Happening | undefined {
    return this.happenings[step - 1];
  }

  /** The event that gave rise to this one; undefined when that was the scenario itself. */
  causeOf({ cause, step }: Happening): Happening | undefined {
    const at = this.steps.get(cause);
    return at === undefined || at >= step ? undefined : this.at(at);
  }

  /** The causes of a step, the nearest first. */
  chain(step: number): readonly Happening[] {
    const chain: Happening[] = [];
    for (let at = this.at(step); at !== undefined; at = this.causeOf(at)) chain.push(at);
    return chain;
  }

  // ── what the run tells ───────────────────────────────────────────────────────────────────────────────────────────

  stepped(event: SimEvent, outcome: Outcome): void {
    const { id, cause, departUs, type, source, target, kind, luck } = event;
    const { step, nowUs: timeUs } = this.run;
    this.steps.set(id, step);
    this.happenings.push({
      step,
      id,
      cause,
      timeUs,
      departUs,
      type,
      outcome,
      luck,
      source: source?.name ?? null,
      target: target?.name ?? null,
      kind: kind.name,
      words: wordsOf(event),
    });
    if (source !== null && target !== null && outcome === 'handled') this.takenIn(source.name, target.name, event.body);
    if (type === EventType.control && kind.name !== 'fault/begins') this.endSpans();
  }

  crossed(process: Process, boundary: Boundary, body: unknown): void {
    this.crossings.push({
      ...this.now(),
      process: process.name,
      boundary: boundary.name,
      words: safely(boundary.name, () => boundary.describe(body)),
    });
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    const sending = { ...this.now(), from: from.name, to: to.name, kind: what, body };
    const link = linkOf(from.name, to.name);
    const underWay = this.underWay.get(link);
    if (underWay === undefined) this.underWay.set(link, [sending]);
    else underWay.push(sending);
  }

  struck(fault: Fault, processes: readonly Process[]): void {
    const { step, timeUs } = this.now();
    const index = this.run.spec.faults.indexOf(fault);
    const atOnce = fault.do === 'reset' || fault.do === 'rot' || fault.do === 'step-clock';
    this.spans.push({
      index,
      fault,
      fromUs: timeUs,
      fromStep: step,
      struck: [...new Set(processes.map(({ name }) => name))],
      toUs: atOnce ? timeUs : null,
      toStep: atOnce ? step : null,
    });
  }

  crashed({ name, incarnation }: Process, power: boolean): void {
    this.lives.push({ ...this.now(), process: name, what: power ? 'loses power' : 'ends', incarnation });
  }

  started({ name, incarnation }: Process): void {
    this.lives.push({ ...this.now(), process: name, what: 'starts', incarnation });
  }

  healed(nowUs: Micros): void {
    this.healedUs = nowUs;
  }

  /**
   * Messages that nobody has taken in, in the order in which they were sent: lost ones, and such as
   * are on their way when the run ends.
   */
  get untaken(): readonly Sending[] {
    return [...this.underWay.values()].flat().sort((a, b) => a.step - b.step);
  }

  private takenIn(from: string, to: string, body: unknown): void {
    const underWay = this.underWay.get(linkOf(from, to));
    const at = underWay?.findIndex((sending) => sending.body === body) ?? -1;
    if (at >= 0) underWay?.splice(at, 1);
  }

  /** What is told while a step is taken belongs to that step, which is not counted yet. */
  private now(): { readonly step: number; readonly timeUs: Micros } {
    return { step: this.run.step + 1, timeUs: this.run.nowUs };
  }

  private endSpans(): void {
    const active = this.run.activeFaults;
    for (const span of this.spans) {
      if (span.toUs !== null || active.includes(span.fault)) continue;
      span.toUs = this.run.nowUs;
      span.toStep = this.run.step;
    }
  }
}

function linkOf(from: string, to: string): string {
  return `${from}>${to}`;
}

/** What a message says, in the words of its kind. */
export function wordsOf({ kind, body }: Pick<SimEvent, 'kind' | 'body'>): string {
  return safely(kind.name, () => kind.describe(body));
}

/** The words may come from the user's own code, and that may throw. */
function safely(name: string, describe: () => string): string {
  try {
    return describe();
  } catch (error) {
    return `${name} (its description threw: ${error instanceof Error ? error.message : String(error)})`;
  }
}

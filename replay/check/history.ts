/**
 * Histories as Jepsen records them: from what clients asked and were told to operations with a
 * beginning and, where it is known, an end.
 */
import { textOf, type Value } from './value.ts';

export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

export interface HistoryEvent {
  readonly type: EventType;
  /** A whole number for a client; anything else, such as `:nemesis`, asks nothing of the system. */
  readonly process: Value;
  /** What was asked, such as `read`. */
  readonly f: string;
  readonly value: Value;
  /** Where it stands in its file, counted from 1. */
  readonly line: number;
}

export interface Operation {
  readonly process: number;
  readonly f: string;
  readonly input: Value;
  /** What the client was told; null as well where it was told nothing. */
  output: Value;
  /** `ok`: it happened. `info`: nobody knows. An operation that failed did not happen, and is in no history. */
  status: 'ok' | 'info';
  /** Places in the order of all that was recorded, from 0. */
  readonly invokedAt: number;
  /** Infinity for `info`: it may take effect at any time after it was asked for. */
  returnedAt: number;
  readonly invokedLine: number;
  /** Null where nothing was recorded. */
  returnedLine: number | null;
}

/** Why events are no history; the message is one line, and `line` says where. */
export class HistoryError extends Error {
  override name = 'HistoryError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Takes events in their order. */
export class HistoryBuilder {
  private readonly operations: (Operation | null)[] = [];
  /** What each process waits for: the place of its operation, and its place among the operations. */
  private readonly open = new Map<number, number>();
  private count = 0;

  /**
   * Throws a HistoryError for what no history can have: a process that asks twice at once, an answer to
   * nothing, an answer to something else.
   */
  add(event: HistoryEvent): void {
    const { process } = event;
    if (typeof process !== 'number' || !Number.isInteger(process)) return;
    if (event.type === 'invoke') this.invoke(event, process);
    else this.complete(event, process, event.type);
  }

  /** All that happened or may have happened, in the order in which it was asked for. What was never answered is `info`. */
  finish(): readonly Operation[] {
    return this.operations.filter((operation) => operation !== null);
  }

  private invoke({ f, value, line }: HistoryEvent, process: number): void {
    const before = this.openOperation(process);
    if (before !== undefined) {
      const unknown = before.status === 'info' && before.returnedLine !== null;
      throw new HistoryError(
        line,
        unknown
          ? `process ${process} goes on although nobody knows what became of its ${before.f} of line ${before.invokedLine}; after :info a client takes a new process number`
          : `process ${process} asks for ${f} before its ${before.f} of line ${before.invokedLine} has ended; a process has one operation at a time`,
      );
    }
    this.open.set(process, this.operations.length);
    this.operations.push({
      process,
      f,
      input: value,
      output: null,
      status: 'info',
      invokedAt: this.count++,
      returnedAt: Infinity,
      invokedLine: line,
      returnedLine: null,
    });
  }

  private complete({ f, value, line }: HistoryEvent, process: number, type: Exclude<EventType, 'invoke'>): void {
    const at = this.open.get(process);
    const operation = this.openOperation(process);
    if (at === undefined || operation === undefined || operation.returnedLine !== null) {
      throw new HistoryError(
        line,
        `process ${process} is told :${type} of ${f}, but has asked for nothing; every :${type} needs an :invoke of the same process before it`,
      );
    }
    if (operation.f !== f) {
      throw new HistoryError(
        line,
        `process ${process} is told of ${f}, but asked for ${operation.f} in line ${operation.invokedLine}`,
      );
    }
    operation.returnedLine = line;
    if (type === 'info') return;
    this.open.delete(process);
    if (type === 'fail') {
      this.operations[at] = null;
      return;
    }
    operation.status = 'ok';
    operation.output = value;
    operation.returnedAt = this.count++;
  }

  private openOperation(process: number): Operation | undefined {
    const at = this.open.get(process);
    return at === undefined ? undefined : (this.operations[at] ?? undefined);
  }
}

/** As it would be asked for again: `write 3`, `read`, and what it was told: `read → 3`. */
export function describeOperation({ f, input, output, status }: Operation): string {
  const asked = input === null ? f : `${f} ${textOf(input)}`;
  return status === 'ok' && textOf(output) !== textOf(input) ? `${asked} → ${textOf(output)}` : asked;
}

/** Client histories: what each client asked, when, and what it was told; recorded at the client's own boundary. */
import type { Kernel } from '../kernel.ts';
import type { Micros } from '../time.ts';

/** `ok`: it happened. `fail`: it did not. `info`: nobody knows (Jepsen's words). `pending`: no answer yet. */
export type OperationStatus = 'pending' | 'ok' | 'fail' | 'info';

export interface Operation {
  readonly id: number;
  readonly client: string;
  /** What was asked, such as `put`. */
  readonly name: string;
  readonly input: unknown;
  readonly invokedStep: number;
  readonly invokedUs: Micros;
  status: OperationStatus;
  output: unknown;
  returnedStep: number;
  returnedUs: Micros;
}

/** Listens to a history as it is made. */
export interface HistoryListener {
  invoked?(operation: Operation): void;
  returned?(operation: Operation): void;
}

export class History {
  /** In the order in which they were asked; empty where nobody wants them kept (`RunSpec.keepHistory`). */
  readonly operations: Operation[] = [];
  private readonly kernel: Kernel;
  private readonly keeps: boolean;
  private readonly listeners: HistoryListener[] = [];
  private count = 0;

  constructor(kernel: Kernel, keeps = true) {
    this.kernel = kernel;
    this.keeps = keeps;
  }

  listen(listener: HistoryListener): void {
    this.listeners.push(listener);
  }

  /** A client asks. The input is a plain value that nobody changes afterwards. */
  invoke(client: string, name: string, input: unknown): Operation {
    const operation: Operation = {
      id: this.count++,
      client,
      name,
      input,
      invokedStep: this.kernel.step,
      invokedUs: this.kernel.nowUs,
      status: 'pending',
      output: undefined,
      returnedStep: -1,
      returnedUs: -1,
    };
    if (this.keeps) this.operations.push(operation);
    for (const listener of this.listeners) listener.invoked?.(operation);
    return operation;
  }

  /** The client learns the outcome. An operation whose client died stays `pending`, which checkers read as `info`. */
  settle(operation: Operation, status: 'ok' | 'fail' | 'info', output: unknown): void {
    if (operation.status !== 'pending') throw new Error(`operation ${operation.id} (${operation.name}) was already answered`);
    operation.status = status;
    operation.output = output;
    operation.returnedStep = this.kernel.step;
    operation.returnedUs = this.kernel.nowUs;
    for (const listener of this.listeners) listener.returned?.(operation);
  }
}

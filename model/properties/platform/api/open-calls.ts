/** Which question an answer belongs to: the numbers of calls are unique for the process that asks. */
import type { Process } from '../../../../sim/index.ts';
import { forgetOldest } from '../../shared/forget-oldest.ts';

/** Unanswered questions of one client that are remembered: most of them were given up by then. */
const REMEMBERED = 256;

export class OpenCalls<Asked> {
  /** By the index of the process. */
  private readonly byClient: (Map<number, Asked> | undefined)[] = [];

  ask(client: Process, call: number, asked: Asked): void {
    const calls = (this.byClient[client.index] ??= new Map());
    calls.set(call, asked);
    forgetOldest(calls, REMEMBERED);
  }

  get(client: Process, call: number): Asked | undefined {
    return this.byClient[client.index]?.get(call);
  }

  /** The question, which gets no further answer. */
  take(client: Process, call: number): Asked | undefined {
    const calls = this.byClient[client.index];
    const asked = calls?.get(call);
    calls?.delete(call);
    return asked;
  }

  /** Who died learns no answer any more. */
  crashed(client: Process): void {
    this.byClient[client.index] = undefined;
  }
}

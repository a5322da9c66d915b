/** Which question an answer of an API server belongs to: the numbers of calls are unique for the process that asks. */
import type { Process } from '../../../../sim/index.ts';
import { forgetOldest } from '../../forget-oldest.ts';

/** Unanswered questions of one client that are remembered: most of them were given up by then. */
const REMEMBERED = 256;

export class Calls<Asked> {
  private readonly byClient = new Map<Process, Map<number, Asked>>();

  ask(client: Process, call: number, asked: Asked): void {
    let calls = this.byClient.get(client);
    if (calls === undefined) {
      calls = new Map();
      this.byClient.set(client, calls);
    }
    calls.set(call, asked);
    forgetOldest(calls, REMEMBERED);
  }

  get(client: Process, call: number): Asked | undefined {
    return this.byClient.get(client)?.get(call);
  }

  /** The question, which gets no further answer. */
  take(client: Process, call: number): Asked | undefined {
    const calls = this.byClient.get(client);
    const asked = calls?.get(call);
    calls?.delete(call);
    return asked;
  }

  /** Who died learns no answer any more. */
  crashed(client: Process): void {
    this.byClient.delete(client);
  }
}

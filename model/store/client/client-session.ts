/** A client's side of its session: it numbers commands, and repeats those that it has no answer to (Raft dissertation §6.3). */
import { Signal, type CallOutcome, type Co, type Micros, type Os } from '../../../sim/index.ts';
import type { CommandSession } from '../machine/requests.ts';
import type { RegisterClientResponse } from '../machine/responses.ts';

interface ClientSessionOptions {
  readonly os: Os;
  /** In all, for one command. */
  readonly requestUs: Micros;
  readonly retryUs: Micros;
  /** Asks for a new session, once. */
  readonly register: (timeoutUs: Micros) => Co<CallOutcome<RegisterClientResponse>>;
}

/** Asks for a command to be carried out, once. */
export type Attempt<Response> = (session: CommandSession, timeoutUs: Micros) => Co<CallOutcome<Response>>;

/** A session as the store has given it. */
interface Registration {
  readonly client: number;
  nextSequence: number;
  /** Commands under way. */
  readonly open: Set<number>;
}

export class ClientSession {
  private readonly options: ClientSessionOptions;
  private registration: Registration | null = null;
  private registering = false;
  private readonly registered = new Signal();

  constructor(options: ClientSessionOptions) {
    this.options = options;
  }

  /**
   * Carries a command out, at most once, however often it has to be asked for. `unknown` only when no answer came until the
   * deadline, or when the session was over before one came.
   */
  *carryOut<Response>(attempt: Attempt<Response>): Co<CallOutcome<Response>> {
    const { os, requestUs, retryUs } = this.options;
    const deadlineUs = os.monotonicUs() + requestUs;
    const attemptUs = (): Micros => Math.max(1, Math.min(deadlineUs - os.monotonicUs(), Math.ceil(requestUs / 2)));
    while (this.registration === null) {
      yield* this.begin(attemptUs());
      if (this.registration === null && os.monotonicUs() + retryUs >= deadlineUs) return { status: 'unavailable' };
    }
    const { registration } = this;
    const { client, open } = registration;
    const sequence = registration.nextSequence++;
    open.add(sequence);
    try {
      let isSent = false;
      for (;;) {
        const outcome = yield* attempt({ client, sequence, answeredBelow: Math.min(...open) }, attemptUs());
        if (outcome.status === 'refused' && outcome.code === 'ErrClientSessionNotFound') {
          if (this.registration === registration) this.registration = null;
          return isSent ? notKnown : outcome;
        }
        // The one refusal of a member before it looks at the log that may come after another member took the command.
        if (outcome.status === 'refused' && outcome.code === 'ErrNoSpace' && isSent) return notKnown;
        if (outcome.status === 'ok' || outcome.status === 'refused') return outcome;
        isSent ||= outcome.status === 'unknown';
        if (os.monotonicUs() + retryUs >= deadlineUs) return isSent ? notKnown : outcome;
        yield* os.sleep(retryUs);
      }
    } finally {
      // Also of a command that it gives up: it will not be asked for again.
      open.delete(sequence);
    }
  }

  /** One coroutine registers, the others wait for it. */
  private *begin(timeoutUs: Micros): Co<void> {
    if (this.registering) {
      yield* this.registered.wait();
      return;
    }
    this.registering = true;
    try {
      const outcome = yield* this.options.register(timeoutUs);
      if (outcome.status === 'ok') {
        this.registration = { client: outcome.value.client, nextSequence: 1, open: new Set() };
      } else {
        yield* this.options.os.sleep(this.options.retryUs);
      }
    } finally {
      this.registering = false;
      this.registered.notify();
    }
  }
}

const notKnown = { status: 'unknown', reason: 'deadline' } as const;

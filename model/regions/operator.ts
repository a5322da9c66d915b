/** Operators: clients who carry out drawn intents through the API and record honestly what they asked and were told. */
import { createMethod, deleteMethod, getMethod, updateMethod } from '../api/methods.ts';
import type { Deployment, DeploymentSpec, Resource } from '../api/resources.ts';
import type { Design } from '../design.ts';
import type { Intent } from '../intent.ts';
import { Channel, ms, type Boot, type CallOutcome, type Co, type Method, type Micros, type Os, type Program } from '../../sim/index.ts';

/** What an operation is asked with: the intent's arguments and the deployment's name. */
export interface OperatorInput {
  readonly name: string;
  readonly replicas?: number;
  readonly image?: string;
}

/** What an `ok` operation was told. `uid` is empty when a read found nothing. */
export interface OperatorOutput {
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: number;
  readonly spec: DeploymentSpec | null;
}

export interface OperatorOptions {
  /** API servers, the nearest first. */
  readonly apiEndpoints: readonly string[];
  /** Those of this operator, in the order of their times. */
  readonly intents: readonly Intent[];
  readonly design: Design;
}

export function operator(options: OperatorOptions): Boot {
  return (os) => new Operator(os, options);
}

/** Attempts at one intent before the operator gives up: refused by a conflict, or never sent. */
const ATTEMPTS = 6;
const CONFLICT_PAUSE_US = ms(20);
const UNAVAILABLE_PAUSE_US = ms(300);

/** Refusals after which the write has certainly not happened. All others leave its outcome open. */
const definite: ReadonlySet<string> = new Set(['not-found', 'already-exists', 'conflict', 'fenced', 'invalid', 'too-large', 'gone']);

type Settled = { readonly status: 'ok'; readonly output: OperatorOutput } | { readonly status: 'fail' | 'info'; readonly output: string };
/** One attempt: settled, or worth another. */
type Attempt = Settled | { readonly status: 'again'; readonly pauseUs: Micros; readonly reason: string };

class Operator implements Program {
  private readonly os: Os;
  private readonly design: Design;
  private readonly intents: readonly Intent[];
  private readonly channel: Channel;
  private carriedOut = 0;
  private current: Intent | null = null;

  constructor(os: Os, options: OperatorOptions) {
    this.os = os;
    this.design = options.design;
    // Whoever comes back after a crash does not know what became of earlier intents, and leaves them.
    this.intents = os.incarnation === 1 ? options.intents : options.intents.filter(({ at }) => at > os.monotonicUs());
    this.channel = new Channel(os, options.apiEndpoints, { rotateOnDeadline: true });
  }

  start(): void {
    this.os.spawn('intents', this.carryOutAll());
  }

  inspect(): unknown {
    return { carriedOut: this.carriedOut, left: this.intents.length - this.carriedOut, current: this.current, endpoint: this.channel.endpoint };
  }

  private *carryOutAll(): Co<void> {
    for (const intent of this.intents) {
      const earlyUs = intent.at - this.os.monotonicUs();
      if (earlyUs > 0) yield* this.os.sleep(earlyUs);
      this.current = intent;
      yield* this.carryOut(intent);
      this.current = null;
      this.carriedOut++;
    }
  }

  private *carryOut(intent: Intent): Co<void> {
    const { history } = this.os;
    const operation = history.invoke(this.os.name, intent.operation, intent.arguments satisfies OperatorInput);
    let last: Attempt = { status: 'fail', output: 'never tried' };
    for (let i = 0; i < ATTEMPTS; i++) {
      last = yield* this.attempt(intent);
      if (last.status !== 'again') {
        history.settle(operation, last.status, last.output);
        return;
      }
      yield* this.os.sleep(last.pauseUs);
    }
    history.settle(operation, 'fail', last.status === 'again' ? last.reason : last.output);
  }

  private *attempt(intent: Intent): Co<Attempt> {
    const { name } = intent.arguments;
    if (intent.operation === 'declare') {
      const { replicas, image } = intent.arguments;
      const answer = yield* this.call(createMethod, { kind: 'Deployment', name, spec: { replicas, image }, fence: null });
      return answer.status === 'ok' ? told(answer.value) : missed(answer);
    }
    const read = yield* this.call(getMethod, { kind: 'Deployment', name });
    if (read.status !== 'ok') return missedRead(intent, read);
    if (intent.operation === 'read') return told(read.value);
    const { metadata, spec } = read.value as Deployment;
    if (intent.operation === 'delete') {
      const request = { kind: 'Deployment', name, uid: metadata.uid, resourceVersion: 0, fence: null } as const;
      const answer = yield* this.call(deleteMethod, request);
      if (answer.status !== 'ok') return missed(answer);
      const { uid, generation } = metadata;
      return { status: 'ok', output: { uid, generation, resourceVersion: answer.value.resourceVersion, spec: null } };
    }
    const wanted: DeploymentSpec =
      intent.operation === 'scale' ? { ...spec, replicas: intent.arguments.replicas } : { ...spec, image: intent.arguments.image };
    const { resourceVersion } = metadata;
    const answer = yield* this.call(updateMethod, { kind: 'Deployment', name, resourceVersion, spec: wanted, status: null, fence: null });
    return answer.status === 'ok' ? told(answer.value) : missed(answer);
  }

  private call<Request, Response>(method: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    return this.channel.call(method, request, this.design.apiRequestUs);
  }
}

function told({ metadata, spec }: Resource): Settled {
  const { uid, generation, resourceVersion } = metadata;
  return { status: 'ok', output: { uid, generation, resourceVersion, spec: spec as DeploymentSpec } };
}

/** What a write without success tells. */
function missed(outcome: Exclude<CallOutcome<unknown>, { status: 'ok' }>): Attempt {
  switch (outcome.status) {
    case 'unavailable':
      return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: 'no API server can be reached' };
    case 'unknown':
      return { status: 'info', output: outcome.reason };
    case 'refused':
      if (outcome.code === 'conflict') return { status: 'again', pauseUs: CONFLICT_PAUSE_US, reason: outcome.message };
      return { status: definite.has(outcome.code) ? 'fail' : 'info', output: `${outcome.code}: ${outcome.message}` };
  }
}

/** A read has no effect, so that it may be tried again whatever became of it. */
function missedRead(intent: Intent, outcome: Exclude<CallOutcome<unknown>, { status: 'ok' }>): Attempt {
  if (outcome.status !== 'refused') return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: 'no answer to a read' };
  if (outcome.code !== 'not-found') return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: outcome.message };
  if (intent.operation !== 'read') return { status: 'fail', output: 'not-found' };
  return { status: 'ok', output: { uid: '', generation: 0, resourceVersion: 0, spec: null } };
}

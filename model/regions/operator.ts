/** Operators: clients who carry out drawn intents through the API and record honestly what they asked and were told. */
import { InputError, type Boot, type CallOutcome, type Co, type Os, type Program } from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import type { Deployment, DeploymentSpec, StorageSpec } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import type { Intent } from '../intent.ts';
import { ImageClient } from '../outside/artifacts/image-client.ts';
import { Placement } from '../outside/placement.ts';
import { identityOf, missed, UNAVAILABLE_PAUSE_US, type Attempt, type Settled, type Unsuccessful } from './attempt.ts';
import { changeMembership, isMembershipIntent } from './membership.ts';

export type { OperatorOutput } from './attempt.ts';

/** What an operation is asked with: the intent's arguments, the name of the deployment or service among them. */
export interface OperatorInput {
  readonly name: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly identity?: 'none' | 'stable';
  readonly maxSurge?: number;
  readonly maxUnavailable?: number;
  readonly storage?: StorageSpec;
  readonly deployment?: string;
  readonly mode?: 'balanced' | 'primary';
}

export interface OperatorOptions {
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
  /** Artifact registries, to which it pushes what it is about to declare. */
  readonly registries: readonly string[];
  /** Those of this operator, in the order of their times. */
  readonly intents: readonly Intent[];
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What an operator shows of itself. */
export interface OperatorView {
  readonly carriedOut: number;
  /** Intents that it has not carried out yet, the current one among them. */
  readonly left: number;
  readonly current: Intent | null;
  readonly endpoint: string;
}

const operations: Readonly<Record<Intent['operation'], true>> = {
  declare: true,
  scale: true,
  'roll-out': true,
  'roll-back': true,
  'pause-roll-out': true,
  'resume-roll-out': true,
  delete: true,
  read: true,
  'declare-service': true,
  'delete-service': true,
  'delete-endpoints': true,
  'join-region': true,
  'drain-region': true,
  'remove-region': true,
  'drain-node': true,
  'uncordon-node': true,
  'remove-node': true,
  'join-node': true,
};

/** Throws an InputError about an intent that it could not carry out: no compiler checks plans that come out of a file. */
export function operator(options: OperatorOptions): Boot {
  const unknown = options.intents.find(({ operation }) => !Object.hasOwn(operations, operation));
  if (unknown !== undefined)
    throw new InputError(`${unknown.client}: no operation of an operator is called "${unknown.operation}"`);
  return (os) => new Operator(os, options);
}

/** Attempts at one intent before the operator gives up: refused by a conflict, or never sent. */
const ATTEMPTS = 6;

class Operator implements Program {
  private readonly os: Os;
  private readonly intents: readonly Intent[];
  private readonly api: ApiClient;
  private readonly images: ImageClient;
  private carriedOut = 0;
  private current: Intent | null = null;

  constructor(os: Os, options: OperatorOptions) {
    this.os = os;
    // Whoever comes back after a crash does not know what became of earlier intents, and leaves them.
    this.intents = os.incarnation === 1 ? options.intents : options.intents.filter(({ at }) => at > os.monotonicUs());
    this.api = new ApiClient(os, options.apiEndpoints, options.design);
    this.images = new ImageClient(
      os,
      new Placement(options.design, this.api, { registries: options.registries }),
      options.defects,
    );
  }

  start(): void {
    this.os.spawn('intents', this.carryOutAll());
  }

  inspect(): OperatorView {
    return {
      carriedOut: this.carriedOut,
      left: this.intents.length - this.carriedOut,
      current: this.current,
      endpoint: this.api.endpoint,
    };
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
    if ('image' in intent.arguments && !(yield* this.images.push(intent.arguments.image))) {
      history.settle(operation, 'fail', 'no registry takes the image');
      return;
    }
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
    if (isMembershipIntent(intent)) return yield* changeMembership(this.api, intent);
    if (isServiceIntent(intent)) return yield* this.attemptService(intent);
    if (intent.operation === 'declare') {
      const { name: _name, ...spec } = intent.arguments;
      return wrote(yield* this.api.create('Deployment', name, spec));
    }
    const read = yield* this.api.get('Deployment', name);
    if (read.status !== 'ok') return missedRead(intent, read);
    if (intent.operation === 'read') return told(read.value);
    const { uid, generation, resourceVersion } = read.value.metadata;
    if (intent.operation === 'delete') {
      const answer = yield* this.api.delete('Deployment', name, { uid });
      if (answer.status !== 'ok') return missed(answer);
      return { status: 'ok', output: { uid, generation, resourceVersion: answer.value.resourceVersion, spec: null } };
    }
    const wanted = edited(intent, read.value);
    if (wanted === null) return { status: 'fail', output: 'there is nothing to go back to' };
    return wrote(yield* this.api.update('Deployment', name, resourceVersion, { spec: wanted }));
  }

  private *attemptService(intent: ServiceIntent): Co<Attempt> {
    const { name } = intent.arguments;
    if (intent.operation === 'declare-service') {
      const { deployment, mode } = intent.arguments;
      const made = yield* this.api.create('Service', name, { deployment, mode });
      return made.status === 'ok' ? { status: 'ok', output: { ...identityOf(made.value), spec: null } } : missed(made);
    }
    const kind = intent.operation === 'delete-service' ? 'Service' : 'Endpoints';
    const read = yield* this.api.get(kind, name);
    if (read.status !== 'ok') return missedRead(intent, read);
    const deleted = yield* this.api.delete(kind, name, { uid: read.value.metadata.uid });
    return deleted.status === 'ok'
      ? { status: 'ok', output: { ...identityOf(read.value), resourceVersion: deleted.value.resourceVersion, spec: null } }
      : missed(deleted);
  }
}

type Edit = Extract<Intent, { readonly operation: 'scale' | 'roll-out' | 'roll-back' | 'pause-roll-out' | 'resume-roll-out' }>;

/** The spec that an intent asks for; null when it makes no sense. */
function edited(intent: Edit, { spec, status }: Deployment): DeploymentSpec | null {
  switch (intent.operation) {
    case 'scale':
      return { ...spec, replicas: intent.arguments.replicas };
    case 'roll-out':
      return { ...spec, image: intent.arguments.image };
    case 'roll-back': {
      const before = status.history.filter((image) => image !== spec.image).at(-1);
      return before === undefined ? null : { ...spec, image: before };
    }
    default:
      return { ...spec, paused: intent.operation === 'pause-roll-out' };
  }
}

type ServiceIntent = Extract<Intent, { readonly operation: 'declare-service' | 'delete-service' | 'delete-endpoints' }>;

function isServiceIntent(intent: Intent): intent is ServiceIntent {
  return (
    intent.operation === 'declare-service' || intent.operation === 'delete-service' || intent.operation === 'delete-endpoints'
  );
}

function told(deployment: Deployment): Settled {
  return { status: 'ok', output: { ...identityOf(deployment), spec: deployment.spec } };
}

function wrote(outcome: CallOutcome<Deployment>): Attempt {
  return outcome.status === 'ok' ? told(outcome.value) : missed(outcome);
}

/** A read has no effect, so that it may be tried again whatever became of it. */
function missedRead(intent: Intent, outcome: Unsuccessful): Attempt {
  if (outcome.status !== 'refused') return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: 'no answer to a read' };
  if (outcome.code !== 'not-found') return { status: 'again', pauseUs: UNAVAILABLE_PAUSE_US, reason: outcome.message };
  if (intent.operation !== 'read') return { status: 'fail', output: 'not-found' };
  return { status: 'ok', output: { uid: '', generation: 0, resourceVersion: 0, spec: null } };
}

/**
 * A client that carries out drawn operations at the API, one after the other, and remembers the newest version that it was shown.
 */
import { ApiClient } from '../../model/api/client/api-client.ts';
import type { CallOutcome, Co, Os, Program } from '../../sim/index.ts';
import type { ListResponse } from '../../model/api/methods.ts';
import type { Design } from '../../model/design.ts';
import type { ApiIntent } from './intents.ts';

export interface ApiUserOptions {
  readonly apiEndpoints: readonly string[];
  readonly design: Design;
  readonly intents: readonly ApiIntent[];
}

export interface ApiUserView {
  readonly carriedOut: number;
  readonly left: number;
  /** Answers by their kind: `create ok`, `delete conflict` … */
  readonly answers: Readonly<Record<string, number>>;
}

export class ApiUser implements Program {
  private readonly os: Os;
  private readonly api: ApiClient;
  private readonly intents: readonly ApiIntent[];
  private readonly answers = new Map<string, number>();
  private carriedOut = 0;
  private newest = 0;

  constructor(os: Os, { apiEndpoints, design, intents }: ApiUserOptions) {
    this.os = os;
    this.api = new ApiClient(os, apiEndpoints, design);
    this.intents = os.incarnation === 1 ? intents : intents.filter(({ at }) => at > os.monotonicUs());
  }

  start(): void {
    this.os.spawn('wishes', this.carryOutAll());
  }

  inspect(): ApiUserView {
    return {
      carriedOut: this.carriedOut,
      left: this.intents.length - this.carriedOut,
      answers: Object.fromEntries(this.answers),
    };
  }

  private *carryOutAll(): Co<void> {
    for (const intent of this.intents) {
      const waitUs = intent.at - this.os.monotonicUs();
      if (waitUs > 0) yield* this.os.sleep(waitUs);
      const { endpoint } = this.api;
      const outcome = yield* this.carryOut(intent);
      const what = `${intent.operation} ${outcome.status === 'refused' ? outcome.code : outcome.status}`;
      this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
      // It turns from a server that cannot help to another one.
      if (outcome.status === 'refused' && (outcome.code === 'unavailable' || outcome.code === 'too-large-version'))
        this.api.leave(endpoint);
      this.carriedOut++;
    }
  }

  private *carryOut(intent: ApiIntent): Co<CallOutcome<unknown>> {
    switch (intent.operation) {
      case 'create':
        return yield* this.api.create('Deployment', intent.arguments.name, { replicas: 1, image: 'app@sha256:00' });
      case 'scale':
        return yield* this.scale(intent.arguments.name, intent.arguments.replicas);
      case 'report':
        return yield* this.report(intent.arguments.name, intent.arguments.replicas);
      case 'delete': {
        const { name, afterUs, propagation } = intent.arguments;
        const read = yield* this.api.get('Deployment', name);
        if (read.status !== 'ok') return read;
        yield* this.os.sleep(afterUs);
        const { uid } = read.value.metadata;
        return yield* this.api.delete('Deployment', name, propagation === null ? { uid } : { uid, propagation });
      }
      case 'get':
        return yield* this.api.get('Deployment', intent.arguments.name, intent.arguments.consistency);
      case 'list':
        return this.saw(yield* this.api.list('Deployment', intent.arguments.consistency, this.newest));
      case 'pages':
        return yield* this.pages(intent.arguments.limit);
    }
  }

  private *scale(name: string, replicas: number): Co<CallOutcome<unknown>> {
    const read = yield* this.api.get('Deployment', name);
    if (read.status !== 'ok') return read;
    const { metadata, spec } = read.value;
    return yield* this.api.update('Deployment', name, metadata.resourceVersion, { spec: { ...spec, replicas } });
  }

  /** Writes whatever the current version is, as controllers do that are sure of what they report. */
  private *report(name: string, readyReplicas: number): Co<CallOutcome<unknown>> {
    const read = yield* this.api.get('Deployment', name, 'any');
    return read.status === 'ok'
      ? yield* this.api.updateStatus('Deployment', name, 0, { ...read.value.status, readyReplicas })
      : read;
  }

  private *pages(limit: number): Co<CallOutcome<unknown>> {
    let page = this.saw(yield* this.api.page('Deployment', limit));
    while (page.status === 'ok' && page.value.continueFrom !== '')
      page = this.saw(yield* this.api.page('Deployment', limit, page.value.continueFrom));
    return page;
  }

  private saw(outcome: CallOutcome<ListResponse>): CallOutcome<ListResponse> {
    if (outcome.status === 'ok') this.newest = Math.max(this.newest, outcome.value.resourceVersion);
    return outcome;
  }
}

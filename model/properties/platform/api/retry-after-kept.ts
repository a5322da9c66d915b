/**
 * Who is told by an API server to come back later does not come back with the same request before. A request that is repeated is
 * the same object, whoever else asks for the like.
 */
import type { Micros, Monitor, Observer, Process, Property, Refusal, Report, Scene } from '../../../../sim/index.ts';
import {
  createMethod,
  deleteMethod,
  getMethod,
  leaseMethod,
  listMethod,
  recordMethod,
  statusMethod,
  updateMethod,
} from '../../../api/methods.ts';
import { sharedApiCalls, type ApiCalls, type ApiCallsOf, type Call } from './calls.ts';

/** Clocks of clients may run fast by this much, and a process may answer while it is still busy. */
const EARLY_PERCENT = 20;

export function retryAfterKept(callsOf: ApiCallsOf = sharedApiCalls()): Property {
  return {
    id: 'platform/retry-after-kept',
    kind: 'always',
    title: 'a client that is told to come back later does not come back sooner',
    monitor: (report, scene, keepEvidence) => new RetryAfterKept(report, scene, callsOf(scene), keepEvidence),
  };
}

interface SentAway {
  readonly server: string;
  readonly atUs: Micros;
  readonly retryAfterUs: Micros;
}

const methods = [getMethod, listMethod, createMethod, updateMethod, statusMethod, leaseMethod, deleteMethod, recordMethod];

/** What was sent, as it was, and whose memory ended. */
type Evidence =
  | {
      readonly type: 'asked';
      readonly client: Process;
      readonly server: string;
      readonly call: number;
      readonly request: object;
      readonly atUs: Micros;
    }
  | {
      readonly type: 'refused';
      readonly client: Process;
      readonly server: string;
      readonly call: number;
      readonly atUs: Micros;
      readonly retryAfterUs: Micros | undefined;
    }
  | { readonly type: 'crashed'; readonly client: Process };

class RetryAfterKept implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly sentAway = new WeakMap<object, SentAway>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, calls: ApiCalls, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [calls];
    this.evidence = keepEvidence ? [] : null;
    calls.followEach(methods, {
      asked: (call, request: object) => this.ask(call, request),
      refused: (request, refusal, call) => this.refuse(request, refusal, call),
    });
  }

  crashed(process: Process): void {
    this.evidence?.push({ type: 'crashed', client: process });
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    const sentAway = evidence.flatMap((each, at) => {
      if (each.type !== 'refused' || each.retryAfterUs === undefined) return [];
      const question = questionOf(each.client, each.call, evidence.slice(0, at));
      return question === null
        ? []
        : [{ at, request: question, told: { server: each.server, atUs: each.atUs, retryAfterUs: each.retryAfterUs } }];
    });
    for (const [position, { at, request, told }] of sentAway.entries()) {
      const untilAt = sentAway.slice(position + 1).find((later) => later.request === request)?.at ?? evidence.length;
      for (const each of evidence.slice(at, untilAt)) {
        if (each.type === 'asked' && each.request === request && isEarly(each.atUs, told))
          return say(each.client, each.server, each.atUs, told);
      }
    }
    return null;
  }

  private ask({ client, server, number }: Call, request: object): object {
    const atUs = this.scene.nowUs();
    this.evidence?.push({ type: 'asked', client, server: server.name, call: number, request, atUs });
    const before = this.sentAway.get(request);
    if (before !== undefined && isEarly(atUs, before)) this.report.violated(say(client, server.name, atUs, before));
    return request;
  }

  private refuse(request: object, { retryAfterUs }: Refusal, { client, server, number }: Call): void {
    const atUs = this.scene.nowUs();
    this.evidence?.push({ type: 'refused', client, server: server.name, call: number, atUs, retryAfterUs });
    if (retryAfterUs !== undefined) this.sentAway.set(request, { server: server.name, atUs, retryAfterUs });
  }
}

/** What a client asked in a call that is open; null when there is none. */
function questionOf(client: Process, call: number, before: readonly Evidence[]): object | null {
  const last = before.findLast((each) => each.client === client && (each.type === 'crashed' || each.call === call));
  return last?.type === 'asked' ? last.request : null;
}

function isEarly(nowUs: Micros, { atUs, retryAfterUs }: SentAway): boolean {
  return (nowUs - atUs) * 100 < retryAfterUs * (100 - EARLY_PERCENT);
}

function say(client: Process, server: string, nowUs: Micros, told: SentAway): string {
  return `${client.name} comes to ${server} ${nowUs - told.atUs} µs after ${told.server} has told it to come back in ${told.retryAfterUs} µs`;
}

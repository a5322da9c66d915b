/**
 * Who is told by an API server to come back later does not come back with the same request before. A request that is repeated is the same
 * object, whoever else asks for the like.
 */
import { refusalKind, type Kind, type Micros, type Monitor, type Process, type Property, type Refusal, type Report, type Scene } from '../../../../sim/index.ts';
import { createMethod, deleteMethod, getMethod, leaseMethod, listMethod, recordMethod, statusMethod, updateMethod } from '../../../api/methods.ts';
import { Calls } from './calls.ts';

/** Clocks of clients may run fast by this much, and a process may answer while it is still busy. */
const EARLY_PERCENT = 20;

export function retryAfterKept(): Property {
  return {
    id: 'platform/retry-after-kept',
    kind: 'always',
    title: 'who is told by an API server to come back later does not come back before',
    monitor: (report, scene, keepEvidence) => new RetryAfterKept(report, scene, keepEvidence),
  };
}

interface Frame<Body> {
  readonly call: number;
  readonly body: Body;
}

interface SentAway {
  readonly server: string;
  readonly atUs: Micros;
  readonly retryAfterUs: Micros;
}

const requests = new Set<Kind>([getMethod, listMethod, createMethod, updateMethod, statusMethod, leaseMethod, deleteMethod, recordMethod].map(({ request }) => request as Kind));

/** What was sent, as it was, and whose memory ended. */
type Evidence =
  | { readonly type: 'asked'; readonly client: Process; readonly server: string; readonly call: number; readonly request: object; readonly atUs: Micros }
  | { readonly type: 'refused'; readonly client: Process; readonly server: string; readonly call: number; readonly atUs: Micros; readonly retryAfterUs: Micros | undefined }
  | { readonly type: 'crashed'; readonly client: Process };

class RetryAfterKept implements Monitor {
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly asked = new Calls<object>();
  private readonly sentAway = new WeakMap<object, SentAway>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return requests.has(what) || what === (refusalKind as Kind);
  }

  crashed(process: Process): void {
    this.evidence?.push({ type: 'crashed', client: process });
    this.asked.crashed(process);
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    if (requests.has(what)) this.ask(from, to, body as Frame<object>);
    else this.refuse(from, to, body as Frame<Refusal>);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    const sentAway = evidence.flatMap((each, at) => {
      if (each.type !== 'refused' || each.retryAfterUs === undefined) return [];
      const question = questionOf(each.client, each.call, evidence.slice(0, at));
      return question === null ? [] : [{ at, request: question, told: { server: each.server, atUs: each.atUs, retryAfterUs: each.retryAfterUs } }];
    });
    for (const [position, { at, request, told }] of sentAway.entries()) {
      const untilAt = sentAway.slice(position + 1).find((later) => later.request === request)?.at ?? evidence.length;
      for (const each of evidence.slice(at, untilAt)) {
        if (each.type === 'asked' && each.request === request && isEarly(each.atUs, told)) return say(each.client, each.server, each.atUs, told);
      }
    }
    return null;
  }

  private ask(client: Process, server: Process, { call, body }: Frame<object>): void {
    const atUs = this.scene.nowUs();
    this.evidence?.push({ type: 'asked', client, server: server.name, call, request: body, atUs });
    const before = this.sentAway.get(body);
    if (before !== undefined && isEarly(atUs, before)) this.report.violated(say(client, server.name, atUs, before));
    this.asked.ask(client, call, body);
  }

  private refuse(server: Process, client: Process, { call, body: { retryAfterUs } }: Frame<Refusal>): void {
    const atUs = this.scene.nowUs();
    this.evidence?.push({ type: 'refused', client, server: server.name, call, atUs, retryAfterUs });
    const request = this.asked.take(client, call);
    if (request === undefined || retryAfterUs === undefined) return;
    this.sentAway.set(request, { server: server.name, atUs, retryAfterUs });
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

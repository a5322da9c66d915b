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

class RetryAfterKept implements Monitor {
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly asked = new Calls<object>();
  private readonly sentAway = new WeakMap<object, SentAway>();
  private readonly evidence: string[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return requests.has(what) || what === (refusalKind as Kind);
  }

  crashed(process: Process): void {
    this.asked.crashed(process);
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    if (requests.has(what)) this.ask(from, to, body as Frame<object>);
    else this.refuse(from, to, body as Frame<Refusal>);
  }

  fullCheck(): string | null {
    return this.evidence?.[0] ?? null;
  }

  private ask(client: Process, server: Process, { call, body }: Frame<object>): void {
    const before = this.sentAway.get(body);
    const sinceUs = before === undefined ? 0 : this.scene.nowUs() - before.atUs;
    if (before !== undefined && sinceUs * 100 < before.retryAfterUs * (100 - EARLY_PERCENT)) {
      const message = `${client.name} comes to ${server.name} ${sinceUs} µs after ${before.server} has told it to come back in ${before.retryAfterUs} µs`;
      this.evidence?.push(message);
      this.report.violated(message);
    }
    this.asked.ask(client, call, body);
  }

  private refuse(server: Process, client: Process, { call, body: { retryAfterUs } }: Frame<Refusal>): void {
    const request = this.asked.take(client, call);
    if (request === undefined || retryAfterUs === undefined) return;
    this.sentAway.set(request, { server: server.name, atUs: this.scene.nowUs(), retryAfterUs });
  }
}

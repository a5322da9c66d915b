/**
 * Failures back off: a controller that is refused comes back with the same request ever more rarely. Judged by what
 * controllers ask API servers, and are refused.
 */
import {
  seconds,
  type Boundary,
  type Micros,
  type Monitor,
  type Observer,
  type Process,
  type Property,
  type Refusal,
  type Report,
  type Scene,
} from '../../../../sim/index.ts';
import { observedBoundary } from '../../../api/client/observed.ts';
import { createMethod, deleteMethod, getMethod, statusMethod, updateMethod } from '../../../api/methods.ts';
import { controllerRole } from '../../../controllers/machinery/options.ts';
import { forgetOldest } from '../../shared/forget-oldest.ts';
import { sharedApiCalls, type ApiCalls, type ApiCallsOf, type Call } from '../api/calls.ts';

/**
 * Pauses that start at 5 ms and double leave room for eight attempts in a second, and two keys may ask for the same. Each change
 * that the cache shows meanwhile is a reason for one more.
 */
const REFUSALS_MAX = 18;
const WITHIN_US = seconds(1);
/** Requests that are remembered of all controllers together. */
const REMEMBERED = 500;

export function failuresBackOff(callsOf: ApiCallsOf = sharedApiCalls()): Property {
  return {
    id: 'platform/failures-back-off',
    kind: 'always',
    title: `no controller is refused the same request more than ${REFUSALS_MAX} times in a second, not counting once for each change that it sees`,
    monitor: (report, scene, keepEvidence) => new FailuresBackOff(report, scene, callsOf(scene), keepEvidence),
  };
}

interface Request {
  readonly kind: string;
  readonly name: string;
  /** The version that it is based on; absent in requests that name none. */
  readonly resourceVersion?: number;
}

interface Asked extends Request {
  readonly method: string;
  readonly resourceVersion: number;
}

interface Refused {
  readonly atUs: Micros;
  /** So many changes its controller had seen by then. */
  readonly seen: number;
}

const methods = [getMethod, createMethod, updateMethod, statusMethod, deleteMethod];

class FailuresBackOff implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  /** By request in words, when it was refused lately. The one that was refused last stands last. */
  private readonly refused = new Map<string, Refused[]>();
  private readonly controllers = new Map<Process, boolean>();
  /** Changes that a controller has seen. */
  private readonly seen = new Map<Process, number>();
  private readonly evidence: (Refused & { readonly request: string })[] | null;

  constructor(report: Report, scene: Scene, calls: ApiCalls, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [calls];
    this.evidence = keepEvidence ? [] : null;
    calls.followEach(methods, {
      asked: (call, request: Request) => this.ask(call, request),
      refused: (asked, refusal, call) => this.refuse(asked, refusal, call),
    });
  }

  sees(what: Boundary): boolean {
    return what === (observedBoundary as Boundary);
  }

  crossed(process: Process): void {
    this.seen.set(process, (this.seen.get(process) ?? 0) + 1);
  }

  fullCheck(): string | null {
    const byRequest = new Map<string, Refused[]>();
    for (const { request, ...refused } of this.evidence ?? []) {
      const all = [...(byRequest.get(request) ?? []), refused];
      byRequest.set(request, all);
      const lately = all.filter(({ atUs }) => refused.atUs - atUs < WITHIN_US);
      if (isTooOften(lately)) return say(request, lately.length);
    }
    return null;
  }

  private isController(process: Process): boolean {
    let is = this.controllers.get(process);
    if (is === undefined) {
      is = controllerRole(process.name) !== null;
      this.controllers.set(process, is);
    }
    return is;
  }

  private ask({ client, method }: Call, { kind, name, resourceVersion = 0 }: Request): Asked | null {
    return this.isController(client) ? { method, kind, name, resourceVersion } : null;
  }

  private refuse(asked: Asked, { retryAfterUs }: Refusal, { client }: Call): void {
    // Who is told when to come back is judged by that.
    if (retryAfterUs !== undefined) return;
    const request = `${client.name}: ${asked.method} of ${asked.kind} ${asked.name} at version ${asked.resourceVersion}`;
    const nowUs = this.scene.nowUs();
    const refused: Refused = { atUs: nowUs, seen: this.seen.get(client) ?? 0 };
    this.evidence?.push({ request, ...refused });
    const lately = (this.refused.get(request) ?? []).filter(({ atUs }) => nowUs - atUs < WITHIN_US);
    lately.push(refused);
    this.refused.delete(request);
    this.refused.set(request, lately);
    if (isTooOften(lately)) this.report.violated(say(request, lately.length));
    forgetOldest(this.refused, REMEMBERED);
  }
}

/** Of all within a second. */
function isTooOften(lately: readonly Refused[]): boolean {
  const [first] = lately;
  const last = lately.at(-1);
  return first !== undefined && last !== undefined && lately.length > REFUSALS_MAX + last.seen - first.seen;
}

function say(request: string, count: number): string {
  return `${request} is refused for the ${count}th time within a second`;
}

/**
 * Failures back off: a controller that is refused comes back with the same request ever more rarely. Judged by what controllers ask API servers, and
 * are refused.
 */
import { seconds, type Micros, type Monitor, type Observer, type Process, type Property, type Refusal, type Report, type Scene } from '../../../../sim/index.ts';
import { createMethod, deleteMethod, getMethod, statusMethod, updateMethod } from '../../../api/methods.ts';
import { controllerRole } from '../../../controllers/machinery/options.ts';
import { forgetOldest } from '../../forget-oldest.ts';
import { sharedApiCalls, type ApiCalls, type ApiCallsOf, type Call } from '../api/calls.ts';

/** Pauses from 5 ms on that double make eight in a second; what the cache shows meanwhile may make some more. */
const REFUSALS_MAX = 18;
const WITHIN_US = seconds(1);
/** Requests that are remembered of all controllers together. */
const REMEMBERED = 500;

export function failuresBackOff(callsOf: ApiCallsOf = sharedApiCalls()): Property {
  return {
    id: 'platform/failures-back-off',
    kind: 'always',
    title: `no controller is refused the same request more than ${REFUSALS_MAX} times in a second`,
    monitor: (report, scene, keepEvidence) => new FailuresBackOff(report, scene, callsOf(scene), keepEvidence),
  };
}

interface Request {
  readonly kind: string;
  readonly name: string;
  /** That it is decided of; absent in what names none. */
  readonly resourceVersion?: number;
}

interface Asked extends Request {
  readonly method: string;
  readonly resourceVersion: number;
}

const methods = [getMethod, createMethod, updateMethod, statusMethod, deleteMethod];

class FailuresBackOff implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  /** By request in words, when it was refused lately. The one that was refused last stands last. */
  private readonly refused = new Map<string, Micros[]>();
  private readonly controllers = new Map<Process, boolean>();
  private readonly evidence: { readonly request: string; readonly atUs: Micros }[] | null;

  constructor(report: Report, scene: Scene, calls: ApiCalls, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [calls];
    this.evidence = keepEvidence ? [] : null;
    calls.followEach(methods, { asked: (call, request: Request) => this.ask(call, request), refused: (asked, refusal, call) => this.refuse(asked, refusal, call) });
  }

  fullCheck(): string | null {
    const times = new Map<string, Micros[]>();
    for (const { request, atUs } of this.evidence ?? []) {
      const all = [...(times.get(request) ?? []), atUs];
      times.set(request, all);
      const count = all.filter((earlierUs) => atUs - earlierUs < WITHIN_US).length;
      if (count > REFUSALS_MAX) return say(request, count);
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
    this.evidence?.push({ request, atUs: nowUs });
    const times = (this.refused.get(request) ?? []).filter((atUs) => nowUs - atUs < WITHIN_US);
    times.push(nowUs);
    this.refused.delete(request);
    this.refused.set(request, times);
    if (times.length > REFUSALS_MAX) this.report.violated(say(request, times.length));
    forgetOldest(this.refused, REMEMBERED);
  }
}

function say(request: string, count: number): string {
  return `${request} is refused for the ${count}th time within a second`;
}

/**
 * The daemons of a region: what runs on every node beside its agent and follows all workloads through the API, as proxies, name
 * servers and agents of telemetry do. There are many of them, they only read, and nobody is harmed when they wait.
 */
import { seconds, type Boot, type Co, type Micros, type Os, type Program } from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import { Backoff } from '../api/client/backoff.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';

export const DAEMONS = 'daemons';

export interface DaemonsOptions {
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

/** What the daemons of a region show of themselves. */
export interface DaemonsView {
  readonly daemons: number;
  /** Daemons that have no list, or one from which they cannot go on. */
  readonly waiting: number;
  /** How long the one that has waited longest has done so. */
  readonly longestUs: Micros;
}

export function daemons(options: DaemonsOptions): Boot {
  return (os) => new Daemons(os, options);
}

/** Nodes come up one after the other. */
const START_SPREAD_US = seconds(5);
const CONNECT_US = seconds(10);

class Daemons implements Program {
  private readonly os: Os;
  private readonly all: readonly Daemon[];

  constructor(os: Os, options: DaemonsOptions) {
    this.os = os;
    this.all = Array.from({ length: options.design.daemonsPerRegion }, () => new Daemon(os, options));
  }

  start(): void {
    for (const daemon of this.all) this.os.spawn('daemon', daemon.run());
  }

  inspect(): DaemonsView {
    const nowUs = this.os.monotonicUs();
    const waits = this.all.flatMap(({ waitsSinceUs }) => (waitsSinceUs === null ? [] : [nowUs - waitsSinceUs]));
    return { daemons: this.all.length, waiting: waits.length, longestUs: Math.max(0, ...waits) };
  }
}

/** A reflector that keeps nothing but how far it is: what it reads is its own business. */
class Daemon {
  /** Since when it has needed a list; null while it follows one. */
  waitsSinceUs: Micros | null;
  private readonly os: Os;
  private readonly options: DaemonsOptions;
  private version = 0;

  constructor(os: Os, options: DaemonsOptions) {
    this.os = os;
    this.options = options;
    this.waitsSinceUs = os.monotonicUs();
  }

  *run(): Co<never> {
    const { os, options } = this;
    const chance = os.random('daemon');
    yield* os.sleep(chance.below(START_SPREAD_US));
    const client = new ApiClient(os, options.apiEndpoints, options.design, { defects: options.defects });
    const backoff = new Backoff(os, chance);
    for (;;) {
      if (yield* this.list(client)) while (yield* this.watch(client));
      this.waitsSinceUs ??= os.monotonicUs();
      yield* backoff.pause();
    }
  }

  private *list(client: ApiClient): Co<boolean> {
    const { endpoint } = client;
    const listed = yield* client.list('Workload');
    if (listed.status === 'refused') client.leave(endpoint);
    if (listed.status !== 'ok') return false;
    this.version = listed.value.resourceVersion;
    this.waitsSinceUs = null;
    return true;
  }

  /** Follows one watch to its end. False when it cannot go on from where it is. */
  private *watch(client: ApiClient): Co<boolean> {
    if (!(yield* client.ready(CONNECT_US))) return true;
    const stream = client.watch('Workload', this.version);
    if (stream === null) return true;
    for (;;) {
      const next = yield* stream.next(this.options.design.watchTimeoutUs);
      if (next.type === 'end') return next.code === 'connection lost';
      if (next.type === 'idle') {
        stream.cancel();
        return true;
      }
      this.version = next.item.resourceVersion;
    }
  }
}

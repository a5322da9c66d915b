/**
 * How workloads look from the gateways: several places to look from, of which one may be cut off and
 * mistake that for the death of all others.
 */
import { Channels, ms, type Co, type Micros, type Os } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { reportMethod, type BackendReport } from '../regions/gateway-methods.ts';

/** A report that is older than so many intervals says nothing any more. */
const FRESH_INTERVALS = 3;
const RECONNECT_US = ms(500);

interface Report {
  readonly atUs: Micros;
  readonly backends: readonly BackendReport[];
}

export class VantagePoints {
  private readonly os: Os;
  private readonly gateways: readonly string[];
  private readonly channels: Channels;
  private readonly timeoutUs: Micros;
  private readonly freshUs: Micros;
  private readonly votesNeeded: number;
  private readonly reports = new Map<string, Report>();

  constructor(os: Os, gateways: readonly string[], design: Design, defects: DefectSet) {
    this.os = os;
    this.gateways = gateways;
    this.channels = new Channels(os, { reconnectUs: RECONNECT_US });
    this.timeoutUs = design.healthTimeoutUs;
    this.freshUs = FRESH_INTERVALS * design.healthCheckUs;
    this.votesNeeded = defects.has('failover-by-one-vantage-point') ? 1 : Math.floor(gateways.length / 2) + 1;
  }

  /** Asks all gateways, and waits for none. */
  ask(): void {
    for (const name of this.gateways) this.os.spawn(`ask ${name}`, this.askOne(name));
  }

  clear(): void {
    this.reports.clear();
  }

  /** Most of all vantage points see it dead for that service: those that say nothing do not count for its death. */
  looksDead(service: string, workload: string): boolean {
    return this.seen(service, workload).filter(({ alive }) => !alive).length >= this.votesNeeded;
  }

  /** Some vantage point sees it alive. */
  looksAlive(service: string, workload: string): boolean {
    return this.seen(service, workload).some(({ alive }) => alive);
  }

  /** Writes to that service that it held at least, by what was seen of it. */
  sequenceOf(service: string, workload: string): number {
    return this.seen(service, workload).reduce((most, { sequence }) => Math.max(most, sequence), 0);
  }

  inspect(): unknown {
    return Object.fromEntries([...this.reports].map(([gateway, { backends }]) => [gateway, backends]));
  }

  /** One report of each vantage point at most: a workload may stand behind several services. */
  private seen(service: string, workload: string): readonly BackendReport[] {
    const nowUs = this.os.monotonicUs();
    return [...this.reports.values()].flatMap(({ atUs, backends }) =>
      nowUs - atUs <= this.freshUs ? backends.filter((each) => each.service === service && each.workload === workload) : [],
    );
  }

  private *askOne(name: string): Co<void> {
    const answer = yield* this.channels.to(name).call(reportMethod, null, this.timeoutUs);
    if (answer.status === 'ok') this.reports.set(name, { atUs: this.os.monotonicUs(), backends: answer.value.backends });
  }
}

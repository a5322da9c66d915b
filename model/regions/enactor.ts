/**
 * A DNS enactor: puts the newest plan of each service into force at the provider, and clears away old ones. There is one in each
 * region, none leads, and each may be late: what keeps them from undoing each other's work is that the provider compares.
 */
import {
  Channel,
  ms,
  Signal,
  type Boot,
  type CallOutcome,
  type Co,
  type Method,
  type Os,
  type Program,
} from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import { Informer } from '../api/client/informer.ts';
import type { DnsPlan } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { activateMethod, deletePlanMethod, putPlanMethod, zoneMethod, type ZoneEntry } from '../outside/dns/methods.ts';

export interface EnactorOptions {
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
  /** Name of the DNS's process. */
  readonly dns: string;
  readonly design: Design;
  readonly defects: DefectSet;
}

export function enactor(options: EnactorOptions): Boot {
  return (os) => new Enactor(os, options);
}

/** Record sets that are left standing behind the newest plan. */
export const PLANS_BEHIND = 1;
const RETRY_US = ms(500);

class Enactor implements Program {
  private readonly os: Os;
  private readonly design: Design;
  private readonly plans: Informer<'DnsPlan'>;
  private readonly dns: Channel;
  private readonly appliesUnconditionally: boolean;
  private readonly deletesActive: boolean;
  private readonly clearsNothing: boolean;
  private readonly news = new Signal();
  /** Something has changed since it last looked, maybe while it asked the provider. */
  private isNews = false;
  private applied = 0;
  private deleted = 0;

  constructor(os: Os, { apiEndpoints, dns, design, defects }: EnactorOptions) {
    this.os = os;
    this.design = design;
    this.appliesUnconditionally = defects.has('dns-applied-unconditionally');
    this.deletesActive = defects.has('dns-cleanup-deletes-active');
    this.clearsNothing = defects.has('old-plans-kept');
    this.dns = new Channel(os, [dns]);
    const client = new ApiClient(os, apiEndpoints, design);
    this.plans = new Informer(os, { kind: 'DnsPlan', client, design, defects, changed: () => this.changed() });
  }

  start(): void {
    this.plans.start();
    this.os.spawn('enact', this.enact());
    this.os.spawn('clear away', this.clearAway());
  }

  inspect(): unknown {
    const { applied, deleted } = this;
    return {
      applied,
      deleted,
      newest: Object.fromEntries([...this.newest()].map(([service, { spec }]) => [service, spec.number])),
    };
  }

  private changed(): void {
    this.isNews = true;
    this.news.notify();
  }

  private newest(): ReadonlyMap<string, DnsPlan> {
    const newest = new Map<string, DnsPlan>();
    for (const plan of this.plans.cache.list()) {
      const { service, number } = plan.spec;
      if ((newest.get(service)?.spec.number ?? 0) < number) newest.set(service, plan);
    }
    return newest;
  }

  private *enact(): Co<never> {
    yield* this.plans.ready();
    for (;;) {
      this.isNews = false;
      const isDone = yield* this.applyAll();
      if (!isDone) yield* this.os.sleep(RETRY_US);
      else if (!this.isNews) yield* this.news.wait();
    }
  }

  /** False when something is left to be tried again. */
  private *applyAll(): Co<boolean> {
    const newest = this.newest();
    if (newest.size === 0) return true;
    const zone = yield* this.ask(zoneMethod, null);
    if (zone.status !== 'ok') return false;
    let isDone = true;
    for (const plan of newest.values()) {
      const { service, number } = plan.spec;
      const active = zone.value.entries.find((entry) => entry.service === service)?.active ?? 0;
      if (number > active) isDone = (yield* this.apply(plan, active)) && isDone;
    }
    return isDone;
  }

  private *apply({ spec }: DnsPlan, active: number): Co<boolean> {
    const { service, record, number, targets } = spec;
    const put = yield* this.ask(putPlanMethod, { service, record, number, targets });
    if (put.status !== 'ok') return isReleased(put);
    // Between the look at the zone and this write anything may have passed: only the provider can tell
    // whether it is still the one that was seen.
    const activated = yield* this.ask(activateMethod, { service, number, expected: this.appliesUnconditionally ? null : active });
    if (activated.status === 'ok') this.applied++;
    return activated.status === 'ok' || isReleased(activated);
  }

  private *clearAway(): Co<never> {
    yield* this.plans.ready();
    for (;;) {
      yield* this.os.sleep(this.design.dnsCleanupUs);
      const newest = this.newest();
      if (newest.size === 0 || this.clearsNothing) continue;
      const zone = yield* this.ask(zoneMethod, null);
      if (zone.status !== 'ok') continue;
      for (const entry of zone.value.entries) yield* this.clear(entry, newest.get(entry.service)?.spec.number ?? 0);
    }
  }

  /** The newest plan may not be in force yet, and the one that is may be an old one: that one stays. */
  private *clear({ service, active, plans }: ZoneEntry, newest: number): Co<void> {
    for (const number of plans) {
      if (number >= newest - PLANS_BEHIND || (number === active && !this.deletesActive)) continue;
      const deleted = yield* this.ask(deletePlanMethod, { service, number, unlessActive: !this.deletesActive });
      if (deleted.status === 'ok') this.deleted++;
    }
  }

  private ask<Request, Response>(what: Method<Request, Response>, request: Request): Co<CallOutcome<Response>> {
    return this.dns.call(what, request, this.design.apiRequestUs);
  }
}

/** Nothing is left to be done for it. */
function isReleased(outcome: CallOutcome<unknown>): boolean {
  return outcome.status === 'refused' && outcome.code === 'released';
}

/** How a gateway sees the health of backends: it asks each node now and then, and neither believes nor doubts in a hurry. */
import type { Channels, Co, Os } from '../../sim/index.ts';
import type { Backend } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { checkedBoundary, type BackendReport } from './gateway-methods.ts';
import type { Route, Routes } from './routes.ts';
import { healthMethod } from './serving/methods.ts';

interface Health {
  /** Failed checks in a row, or successful ones below zero. */
  failures: number;
  alive: boolean;
  sequence: number;
}

export class HealthChecks {
  private readonly os: Os;
  private readonly design: Design;
  private readonly routes: Routes;
  private readonly nodes: Channels;
  private readonly withoutCap: boolean;
  private readonly ejectsNobody: boolean;
  private readonly readmitsNobody: boolean;
  /** By service and workload: each service is asked about by itself, and holds data of its own. */
  private readonly health = new Map<string, Map<string, Health>>();

  constructor(os: Os, design: Design, defects: DefectSet, routes: Routes, nodes: Channels) {
    this.os = os;
    this.design = design;
    this.routes = routes;
    this.nodes = nodes;
    this.withoutCap = defects.has('eject-without-cap');
    this.ejectsNobody = defects.has('dead-backends-not-ejected');
    this.readmitsNobody = defects.has('never-readmitted');
  }

  /** Checks all backends again and again. */
  *run(): Co<never> {
    for (;;) {
      this.forgetStrangers();
      for (const route of this.routes.all()) {
        const nodes = new Map<string, string[]>();
        for (const { node, workload } of route.backends) nodes.set(node, [...(nodes.get(node) ?? []), workload]);
        for (const [node, workloads] of nodes) this.os.spawn(`check ${node}`, this.check(route.service, node, workloads));
      }
      yield* this.os.sleep(this.design.healthCheckUs);
    }
  }

  /** Those that may be used: without the dead, unless so many look dead that it is rather the one who looks. */
  usable({ service, backends }: Route): readonly Backend[] {
    if (this.ejectsNobody) return backends;
    const alive = backends.filter(({ workload }) => this.isAlive(service, workload));
    const ejected = backends.length - alive.length;
    return this.withoutCap || ejected * 100 <= backends.length * this.design.ejectPercentMax ? alive : backends;
  }

  /** How all of them look from here. */
  report(): readonly BackendReport[] {
    return this.routes.all().flatMap(({ service, backends }) =>
      backends.map(({ workload }) => ({
        service,
        workload,
        alive: this.isAlive(service, workload),
        sequence: this.health.get(service)?.get(workload)?.sequence ?? 0,
      })),
    );
  }

  /** Whoever was never asked is given the benefit of the doubt. */
  private isAlive(service: string, workload: string): boolean {
    return this.health.get(service)?.get(workload)?.alive ?? true;
  }

  private *check(service: string, node: string, workloads: readonly string[]): Co<void> {
    const answer = yield* this.nodes.to(node).call(healthMethod, { service, workloads }, this.design.healthTimeoutUs);
    for (const [at, workload] of workloads.entries()) {
      const ok = answer.status === 'ok' && answer.value.serving[at] === true;
      const health = this.of(service, workload);
      if (answer.status === 'ok') health.sequence = answer.value.sequences[at] ?? 0;
      this.note(health, ok);
      this.os.cross(checkedBoundary, { service, workload, ok });
    }
  }

  private note(health: Health, ok: boolean): void {
    health.failures = ok ? Math.min(0, health.failures) - 1 : Math.max(0, health.failures) + 1;
    const failuresMax = this.withoutCap ? 1 : this.design.unhealthyChecks;
    if (health.failures >= failuresMax) health.alive = false;
    else if (-health.failures >= Math.ceil(failuresMax / 2) && !this.readmitsNobody) health.alive = true;
  }

  private of(service: string, workload: string): Health {
    let ofService = this.health.get(service);
    if (ofService === undefined) {
      ofService = new Map();
      this.health.set(service, ofService);
    }
    let health = ofService.get(workload);
    if (health === undefined) {
      health = { failures: 0, alive: true, sequence: 0 };
      ofService.set(workload, health);
    }
    return health;
  }

  private forgetStrangers(): void {
    const known = new Map(
      this.routes.all().map(({ service, backends }) => [service, new Set(backends.map(({ workload }) => workload))]),
    );
    for (const [service, ofService] of this.health) {
      const workloads = known.get(service);
      if (workloads === undefined) this.health.delete(service);
      else for (const workload of ofService.keys()) if (!workloads.has(workload)) ofService.delete(workload);
    }
  }
}

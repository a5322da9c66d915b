/**
 * What a node tells of its containers to the places outside of consensus: their log lines, metrics
 * and traces, events, and their status.
 */
import type { Co, Os } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import type { Placement } from '../outside/placement.ts';
import type { Position } from '../outside/status/methods.ts';
import { StatusReporter } from '../outside/status/status-reporter.ts';
import { Emitter, type EmitterView } from '../outside/telemetry/emitter.ts';
import type { Container } from './container.ts';

export interface NodeTelemetryOptions {
  readonly placement: Placement;
  readonly containers: () => readonly Container[];
  readonly design: Design;
  readonly defects: DefectSet;
}

export interface NodeTelemetryView {
  readonly signals: EmitterView;
  /** Of its newest report. */
  readonly status: Position;
}

export class NodeTelemetry {
  private readonly emitter: Emitter;
  private readonly status: StatusReporter;
  private readonly options: NodeTelemetryOptions;
  private readonly blocksRenewals: boolean;
  /** By uid, the phase of each container that was seen last. */
  private readonly phases = new Map<string, string>();

  constructor(os: Os, options: NodeTelemetryOptions) {
    const { placement, containers, design, defects } = options;
    this.options = options;
    this.blocksRenewals = defects.has('telemetry-blocks-renewals');
    this.emitter = new Emitter(os, { placement, design, defects, collect: (emitter) => this.collect(emitter) });
    const samples = (): readonly { workload: string; phase: string }[] =>
      containers().map(({ name, phase }) => ({ workload: name, phase }));
    this.status = new StatusReporter(os, { placement, design, samples });
  }

  start(): void {
    this.emitter.start();
    this.status.start();
  }

  inspect(): NodeTelemetryView {
    return { signals: this.emitter.inspect(), status: this.status.inspect() };
  }

  /** What the agent does before it renews its lease: nothing, since nobody may wait for telemetry. */
  *beforeRenewal(): Co<void> {
    if (this.blocksRenewals) yield* this.emitter.drained();
  }

  private collect(emitter: Emitter): void {
    const containers = this.options.containers();
    let running = 0;
    for (const { uid, name, phase } of containers) {
      if (this.phases.get(uid) !== phase) emitter.event(`container ${phase}`);
      this.phases.set(uid, phase);
      if (phase !== 'running') continue;
      running++;
      for (let n = 0; n < this.options.design.logLinesPerContainer; n++) emitter.emit('log', `${name} serves`);
      emitter.emit('trace', `${name} served`);
    }
    emitter.emit('metric', `${running} of ${containers.length} containers run`);
    if (this.phases.size > containers.length) this.forgetGone(containers);
  }

  private forgetGone(containers: readonly Container[]): void {
    for (const uid of [...this.phases.keys()])
      if (!containers.some((container) => container.uid === uid)) this.phases.delete(uid);
  }
}

/** A node's reports of its status to its region's status store: the newest only, and never in anybody's way. */
import { Channel, kind, type CallOutcome, type Co, type Os } from '../../../sim/index.ts';
import { nearestFirst } from '../../api/nearest.ts';
import type { OutsideKind } from '../../api/resources/index.ts';
import { placementOf } from '../../api/state-classes.ts';
import type { Design } from '../../design.ts';
import { reportStatusMethod, type Position, type StatusReport, type WorkloadSample } from './methods.ts';

export interface StatusReporterOptions {
  /** Those of the own region are preferred; none: nothing is reported. */
  readonly stores: readonly string[];
  readonly design: Design;
  readonly samples: () => readonly WorkloadSample[];
  /** Where a design places it in consensus: writes it there. */
  readonly record: (kind: OutsideKind, name: string, data: string) => Co<CallOutcome<unknown>>;
}

const reportKind = kind<null>('status/report-soon', { serviceUs: 5, describe: () => 'reports its status' });

export class StatusReporter {
  private readonly os: Os;
  private readonly options: StatusReporterOptions;
  private readonly channel: Channel | null;
  private sequence = 0;

  constructor(os: Os, options: StatusReporterOptions) {
    this.os = os;
    this.options = options;
    this.channel = options.stores.length === 0 ? null : new Channel(os, nearestFirst(options.stores, os.region), { rotateOnDeadline: true });
  }

  start(): void {
    const { channel, os } = this;
    if (channel === null) return;
    os.after(this.options.design.statusEveryUs, reportKind, () => os.spawn('status', this.report(channel), () => this.start()));
  }

  inspect(): Position {
    return { incarnation: this.os.incarnation, sequence: this.sequence };
  }

  private *report(channel: Channel): Co<void> {
    const { design, samples, record } = this.options;
    const { name: node, incarnation } = this.os;
    const report: StatusReport = { node, incarnation, sequence: ++this.sequence, samples: samples(), blobBytes: design.statusBlobBytes };
    if (placementOf('status-blobs', design) === 'outside') {
      yield* channel.call(reportStatusMethod, report, design.statusEveryUs);
      return;
    }
    for (const { workload, phase } of report.samples) yield* record('StatusSample', `${node}.${workload}`, `${phase} ${report.sequence}`);
    yield* record('StatusBlob', node, 'x'.repeat(report.blobBytes));
  }
}

/** A node's reports of its status to where status stands: the newest only, and never in anybody's way. */
import { kind, type Co, type Os } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import type { Placement } from '../placement.ts';
import type { Position, WorkloadSample } from './methods.ts';
import { statusPlace, type StatusPlace } from './status-place.ts';

export interface StatusReporterOptions {
  readonly placement: Placement;
  readonly design: Design;
  readonly samples: () => readonly WorkloadSample[];
}

const reportKind = kind<null>('status/report-soon', { serviceUs: 5, describe: () => 'reports its status' });

export class StatusReporter {
  private readonly os: Os;
  private readonly options: StatusReporterOptions;
  private readonly place: StatusPlace | null;
  private sequence = 0;

  constructor(os: Os, options: StatusReporterOptions) {
    this.os = os;
    this.options = options;
    this.place = statusPlace(os, options.placement, options.design);
  }

  start(): void {
    const { place, os } = this;
    if (place === null) return;
    os.after(this.options.design.statusEveryUs, reportKind, () => os.spawn('status', this.report(place), () => this.start()));
  }

  inspect(): Position {
    return { incarnation: this.os.incarnation, sequence: this.sequence };
  }

  private report(place: StatusPlace): Co<void> {
    const { design, samples } = this.options;
    const { name: node, incarnation } = this.os;
    return place.report({ node, incarnation, sequence: ++this.sequence, samples: samples(), blobBytes: design.statusBlobBytes });
  }
}

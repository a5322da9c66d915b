/**
 * Whoever looks after a region looks at all of them: how far the status of each node has come, what happened, and samples of
 * metrics and traces, from wherever they stand. It decides nothing, and shows old things when nobody answers.
 */
import { kind, ms, type Boot, type Co, type Os, type Program } from '../../sim/index.ts';
import { ApiClient } from '../api/client/api-client.ts';
import type { Design } from '../design.ts';
import { Placement, type PlacesOutside } from '../outside/placement.ts';
import type { Position } from '../outside/status/methods.ts';
import { statusPlace, type StatusPlace } from '../outside/status/status-place.ts';
import { eventPlaces, SampleReader, type EventPlace } from '../outside/telemetry/event-place.ts';
import { sourceOf } from '../outside/telemetry/signals.ts';

export interface DashboardOptions {
  readonly apiEndpoints: readonly string[];
  readonly places: PlacesOutside;
  readonly nodes: readonly string[];
  readonly design: Design;
}

export interface DashboardView {
  readonly looks: number;
  /** By node, the newest that it has seen. */
  readonly status: Readonly<Record<string, Position>>;
  /** Distinct events that the last look has shown, and samples that all of them have. */
  readonly events: number;
  readonly samples: number;
}

export const DASHBOARD = 'dashboard';
const LOOK_EVERY_US = ms(1_000);
/** What each node has seen sooner or later. */
const USUAL_EVENT = 'container running';

const lookKind = kind<null>('dashboard/look', { serviceUs: 5, describe: () => 'looks at what is told of the platform' });

export function dashboard(options: DashboardOptions): Boot {
  return (os) => new Dashboard(os, options);
}

class Dashboard implements Program {
  private readonly os: Os;
  private readonly nodes: readonly string[];
  private readonly status: StatusPlace | null;
  private readonly events: readonly EventPlace[];
  private readonly samples: readonly SampleReader[];
  private readonly seen = new Map<string, Position>();
  private looks = 0;
  private eventsSeen = 0;
  private samplesSeen = 0;

  constructor(os: Os, { apiEndpoints, places, nodes, design }: DashboardOptions) {
    const placement = new Placement(design, new ApiClient(os, apiEndpoints, design), places);
    this.os = os;
    this.nodes = nodes;
    this.status = statusPlace(os, placement, design);
    this.events = eventPlaces(os, placement);
    const inside = placement.inside('metrics-and-traces') !== null;
    this.samples = inside ? [] : placement.collectors.map((collector) => new SampleReader(os, collector));
  }

  start(): void {
    this.os.after(LOOK_EVERY_US, lookKind, () => this.os.spawn('look', this.look(), () => this.start()));
  }

  inspect(): DashboardView {
    return { looks: this.looks, status: Object.fromEntries(this.seen), events: this.eventsSeen, samples: this.samplesSeen };
  }

  private *look(): Co<void> {
    this.looks++;
    if (this.status !== null) for (const [node, position] of yield* this.status.read(this.nodes)) this.seen.set(node, position);
    const asked = this.nodes.map((node) => ({ source: sourceOf(node, this.seen.get(node)?.incarnation ?? 1), key: USUAL_EVENT }));
    const events = new Set<string>();
    for (const place of this.events) for (const { source, key } of yield* place.read(asked)) events.add(`${source} ${key}`);
    this.eventsSeen = events.size;
    for (const reader of this.samples) this.samplesSeen += yield* reader.read();
  }
}

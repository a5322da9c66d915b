/**
 * Telemetry never blocks the control plane: a node that runs and can reach the API speaks to
 * it, whatever becomes of its pipelines.
 */
import {
  formatTime,
  seconds,
  type Kind,
  type Micros,
  type Monitor,
  type Observer,
  type Process,
  type Property,
  type Report,
  type Scene,
} from '../../../../sim/index.ts';
import { createMethod, getMethod, leaseMethod } from '../../../api/methods.ts';
import { objectKey } from '../../../api/resources/index.ts';
import { atIntervals } from '../../shared/at-intervals.ts';
import type { ObjectStory, StoryOf } from '../placed-objects.ts';

/**
 * Signs of life come by the second; a call that hears nothing, a rotation of servers and an attempt
 * at a connection may each take a few.
 */
const SILENT_MAX_US = seconds(16);
const LOOK_EVERY_US = seconds(1);

/** Of nodes that take part: one whose region has left has nothing to renew. */
export function telemetryNeverBlocks(storyOf: StoryOf): Property {
  return {
    id: 'platform/telemetry-never-blocks',
    kind: 'always',
    title: 'a node that runs and can reach the API keeps asking for its lease or renewing it',
    monitor: (report, scene) => new NeverBlocks(report, scene, storyOf(scene)),
  };
}

const renewal = leaseMethod.request as Kind;
/**
 * What an agent asks for before a renewal, and all that it asks for as long as the store answers nobody: whether its region is in
 * service, and its Lease. That it reads its Node says nothing: it looks after that beside its renewals.
 */
const look = getMethod.request as Kind;
const registration = createMethod.request as Kind;
const ofStanding: ReadonlySet<string> = new Set(['Cluster', 'Lease']);

interface Node {
  readonly process: Process;
  /** Of its object. */
  readonly key: string;
}

class NeverBlocks implements Monitor {
  readonly through: readonly Observer[];
  readonly passed = atIntervals(LOOK_EVERY_US, (nowUs) => this.look(nowUs), LOOK_EVERY_US);
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly story: ObjectStory;
  /** By node, since when it has been able to speak and has not. */
  private readonly silentSinceUs = new Map<string, Micros>();
  /** Nodes that have ever renewed. */
  private readonly spoke = new Set<string>();
  private readonly nodes: readonly Node[];
  private readonly servers: readonly string[];

  constructor(report: Report, scene: Scene, story: ObjectStory) {
    this.report = report;
    this.scene = scene;
    this.story = story;
    this.through = story.sources;
    const processes = scene.processes();
    this.nodes = processes.flatMap((process) =>
      process.name.startsWith('node-') ? [{ process, key: objectKey('Node', process.name) }] : [],
    );
    this.servers = processes.flatMap(({ name }) => (name.startsWith('api-') ? [name] : []));
  }

  hears(what: Kind): boolean {
    return what === renewal || what === look || what === registration;
  }

  sent(from: Process, _to: Process, what: Kind, body: unknown): void {
    if (what === renewal) this.spoke.add(from.name);
    else if (
      !(
        (what === look || what === registration) &&
        ofStanding.has((body as { readonly body: { readonly kind: string } }).body.kind)
      )
    )
      return;
    this.silentSinceUs.set(from.name, this.scene.nowUs());
  }

  private look(nowUs: Micros): void {
    for (const node of this.nodes) {
      const { name } = node.process;
      if (!this.canSpeak(node)) {
        this.silentSinceUs.set(name, nowUs);
        continue;
      }
      const sinceUs = this.silentSinceUs.get(name) ?? nowUs;
      if (nowUs - sinceUs > SILENT_MAX_US)
        this.report.violated(
          `${name} has run for ${formatTime(nowUs - sinceUs)}, and all API servers with it, without a renewal of its lease, or a word about it`,
        );
    }
  }

  /** It takes part, runs at its usual pace and reaches every API server. */
  private canSpeak({ process, key }: Node): boolean {
    const { name } = process;
    if (!this.spoke.has(name) || !this.story.objects.has(key) || !process.running || process.slowness > 1) return false;
    for (let at = 0; at < this.servers.length; at++) if (!this.scene.connected(name, this.servers[at] as string)) return false;
    return true;
  }
}

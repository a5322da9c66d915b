/** Count: a roll-out keeps within its bounds. */
import {
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
import { createMethod, type CreateRequest } from '../../../api/methods.ts';
import {
  isLeaving,
  objectKey,
  type Deployment,
  type DeploymentSpec,
  type Node,
  type Workload,
} from '../../../api/resources/index.ts';
import { DEPLOYER_ROLE } from '../../../controllers/machinery/options.ts';
import { forgetOldest } from '../../shared/forget-oldest.ts';
import { CommitJournal, type Change, type FirstApplied, type JournalOf } from '../journal.ts';

/**
 * Judged at commits. When a workload is made, no more are live than replicas and surge of the generation it is made for, or of
 * a later one. When the deployer deletes one that serves, as many serve as have to, unless somebody else has taken one away
 * lately: while nothing is lost. While a roll-out is paused none is made that would give an image a greater part than it had,
 * while nothing is lost and no node is emptied. What is being deleted counts for nothing, as in Kubernetes. Of stable
 * identities none is made beyond the number of replicas; within it one may be made while those beyond are still to go, from
 * the last one on (as by a StatefulSet).
 *
 * A request to make one may be on its way for so long that it was repeated, carried out, and what it made deleted, before it
 * arrives: then that is made again under its name. No controller can prevent it, in Kubernetes neither: what nobody has asked for
 * since the last one of its name went is not counted.
 */
export function count(journalOf: JournalOf): Property {
  return {
    id: 'platform/count',
    kind: 'always',
    title:
      'a deployment never gets more live workloads than replicas plus surge, its controller takes away no more than may be unavailable, and a paused roll-out stays as it is',
    monitor: (report, scene, keepEvidence) => new CountMonitor(report, scene, journalOf(scene), keepEvidence),
  };
}

/** No controller acts on what it saw longer ago. */
const RECENT_US = seconds(10);

/** Requests remembered, by the name of what is to be made. */
const REQUESTS = 4_096;

const createRequest = createMethod.request as Kind;

/** A workload is asked for. */
interface Asked {
  readonly step: number;
  readonly nowUs: Micros;
  readonly name: string;
}

/** What a generation allows, and until when it was the newest. */
interface Bounds {
  readonly generation: number;
  readonly most: number;
  readonly least: number;
  readonly isPaused: boolean;
  /** Shared by all generations of one pause and one size; of a generation that is not paused its own. */
  readonly pause: Pause;
  untilUs: Micros;
}

interface Pause {
  /** How the roll-out stood when the first workload was made under it. */
  parts: Parts | null;
}

interface Parts {
  readonly byImage: Map<string, number>;
  sum: number;
}

/** What is known of one deployment, by uid. */
interface Story {
  readonly bounds: Bounds[];
  readonly live: Map<string, Workload>;
  /** Names of those that were made by requests which had been repeated, carried out, and overtaken by a deletion. */
  readonly late: Set<string>;
  /** By name, when the last one that bore it went, of those that no identity names. */
  readonly goneUs: Map<string, Micros>;
  /** When somebody other than the deployer last took one away that served. */
  disturbedUs: Micros;
  /** When one went that the deployer replaces, whatever its image is. */
  replacedUs: Micros;
}

class CountMonitor implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly counts: Counts;
  private readonly evidence: { readonly entries: readonly FirstApplied[]; readonly asked: Asked[] } | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [journal];
    this.counts = new Counts(journal);
    journal.follow((changes) => this.judge(changes), 'Deployment', 'Node', 'Workload');
    this.evidence = keepEvidence ? { entries: journal.keep(scene), asked: [] } : null;
  }

  hears(what: Kind): boolean {
    return what === createRequest;
  }

  sent(_from: Process, _to: Process, _what: Kind, message: unknown): void {
    const { kind, name } = (message as { readonly body: CreateRequest }).body;
    if (kind !== 'Workload') return;
    const asked: Asked = { step: this.scene.step(), nowUs: this.scene.nowUs(), name };
    this.evidence?.asked.push(asked);
    this.counts.asked(asked);
  }

  private judge(changes: readonly Change[]): void {
    for (const change of changes) {
      const broken = this.counts.changed(change, this.scene.nowUs());
      if (broken !== null) this.report.violated(broken);
    }
  }

  /** Counted again at each change, over everything that stands. */
  fullCheck(): string | null {
    const journal = new CommitJournal();
    const counts = new Counts(journal);
    const { entries, asked } = this.evidence ?? { entries: [], asked: [] };
    let next = 0;
    for (const { step, nowUs, entry } of entries) {
      for (let each = asked[next]; each !== undefined && each.step < step; each = asked[++next]) counts.asked(each);
      for (const change of journal.see(entry) ?? []) {
        const broken = counts.changed(change, nowUs);
        const standing = [...journal.objects.values()].filter(
          (object) => object.kind === 'Workload' && object.metadata.deletionUs === null,
        ).length;
        if (broken === null && change.object?.kind === 'Workload' && standing < counts.live)
          return 'what is counted does not stand';
        if (broken !== null) return broken;
      }
    }
    return null;
  }
}

/** The counting itself. */
class Counts {
  /** All live workloads. */
  live = 0;
  private readonly journal: CommitJournal;
  private readonly stories = new Map<string, Story>();
  /** By name, when a workload was last asked for. */
  private readonly askedUs = new Map<string, Micros>();
  /** When a node that was to be emptied was not to be any more. */
  private sparedUs: Micros = -RECENT_US;

  constructor(journal: CommitJournal) {
    this.journal = journal;
  }

  /** To be told of all requests that make workloads. */
  asked({ name, nowUs }: Asked): void {
    this.askedUs.delete(name);
    this.askedUs.set(name, nowUs);
    forgetOldest(this.askedUs, REQUESTS);
  }

  /** What the change breaks, or null. */
  changed({ key, object, previous, authority }: Change, nowUs: Micros): string | null {
    const subject = object ?? previous;
    if (subject?.kind === 'Deployment') this.specified(object as Deployment | null, subject.metadata.uid, nowUs);
    if (previous?.kind === 'Node' && isLeaving(previous as Node) && !(object !== null && isLeaving(object as Node)))
      this.sparedUs = nowUs;
    if (subject?.kind !== 'Workload') return null;
    const before = isLive(previous as Workload | null) ? (previous as Workload) : null;
    const now = isLive(object as Workload | null) ? (object as Workload) : null;
    const story = this.story((subject as Workload).spec.owner);
    if (now === null) story.live.delete(key);
    else story.live.set(key, now);
    if (before !== null && now === null) this.went(before, story, nowUs);
    if (before === null && now !== null) {
      this.live++;
      if (this.isLate(now, story)) {
        story.late.add(now.metadata.name);
        return null;
      }
      return made(now, story) ?? this.madeWhilePaused(now, story, nowUs);
    }
    if (before !== null && now === null) this.live--;
    const isDeployer = now === null && authority?.role === DEPLOYER_ROLE;
    // Whoever makes another one for it may make it of another image: nobody remembers the parts but those that run.
    if (before !== null && now === null && !(isDeployer && !this.isLeaving(before))) story.replacedUs = nowUs;
    if (before?.status.ready !== true || now?.status.ready === true) return null;
    if (!isDeployer) story.disturbedUs = nowUs;
    return isDeployer ? taken(before, story, nowUs) : null;
  }

  private went({ metadata: { name }, spec }: Workload, { goneUs, late }: Story, nowUs: Micros): void {
    late.delete(name);
    if (spec.identity !== '') return;
    goneUs.delete(name);
    goneUs.set(name, nowUs);
    forgetOldest(goneUs, REQUESTS);
  }

  private isLate({ metadata: { name } }: Workload, { goneUs }: Story): boolean {
    const [wentUs, askedUs] = [goneUs.get(name), this.askedUs.get(name)];
    return wentUs !== undefined && askedUs !== undefined && askedUs < wentUs;
  }

  private specified(deployment: Deployment | null, uid: string, nowUs: Micros): void {
    if (deployment === null || deployment.metadata.deletionUs !== null) {
      this.stories.delete(uid);
      return;
    }
    const story = this.story(uid);
    const { bounds } = story;
    const newest = bounds.at(-1);
    const { generation } = deployment.metadata;
    if (newest?.generation === generation) return;
    if (newest !== undefined) newest.untilUs = nowUs;
    const { most, least } = boundsOf(deployment.spec);
    const isPaused = deployment.spec.paused;
    const pause = isPaused && newest?.isPaused === true && newest.most === most ? newest.pause : { parts: null };
    bounds.push({ generation, most, least, isPaused, pause, untilUs: Number.MAX_SAFE_INTEGER });
  }

  private madeWhilePaused({ metadata, spec }: Workload, story: Story, nowUs: Micros): string | null {
    const at = story.bounds.findIndex(({ generation }) => generation === spec.ownerGeneration);
    const bounds = story.bounds[at];
    if (bounds === undefined || spec.identity !== '') return null;
    const { pause } = bounds;
    // What was decided before a pause, or before its size was changed, adds to what that finds.
    const later = new Set(story.bounds.slice(at).map((each) => each.pause));
    for (const { parts } of later) if (parts !== null && parts !== pause.parts) add(parts, spec.image);
    if (!bounds.isPaused) return null;
    pause.parts ??= partsOf(story.live, metadata.name);
    const { byImage, sum } = pause.parts;
    if (nowUs - Math.max(story.replacedUs, this.sparedUs) < RECENT_US || sum === 0) return null;
    const most = Math.ceil(((byImage.get(spec.image) ?? 0) * bounds.most) / sum);
    // Who stands on a node that is to be emptied is replaced before it goes.
    const count = [...story.live.values()].filter(
      (other) =>
        !story.late.has(other.metadata.name) &&
        other.spec.image === spec.image &&
        (other.spec.node === '' || !this.isLeaving(other)),
    ).length;
    return count <= most
      ? null
      : `${metadata.name} is the ${count}th live workload of ${spec.ownerName} that runs ${spec.image}, although its roll-out was paused when there were ${byImage.get(spec.image) ?? 0} of ${sum}`;
  }

  private isLeaving({ spec }: Workload): boolean {
    const node = this.journal.objects.get(objectKey('Node', spec.node)) as Node | undefined;
    return node === undefined || isLeaving(node);
  }

  private story(uid: string): Story {
    let story = this.stories.get(uid);
    if (story === undefined) {
      story = {
        bounds: [],
        live: new Map(),
        late: new Set(),
        goneUs: new Map(),
        disturbedUs: -RECENT_US,
        replacedUs: -RECENT_US,
      };
      this.stories.set(uid, story);
    }
    return story;
  }
}

function boundsOf({ replicas, maxSurge, maxUnavailable, identity }: DeploymentSpec): {
  readonly most: number;
  readonly least: number;
} {
  const isStable = identity === 'stable';
  return {
    most: replicas + (isStable ? 0 : maxSurge),
    least: replicas - (isStable ? Math.max(1, maxUnavailable) : maxUnavailable),
  };
}

function made({ metadata, spec }: Workload, { bounds, live, late }: Story): string | null {
  const since = bounds.filter(({ generation }) => generation >= spec.ownerGeneration);
  // Its deployment is gone: what is left of it is to go, too.
  if (since.length === 0) return null;
  const most = Math.max(...since.map((each) => each.most));
  if (spec.identity !== '')
    return spec.ordinal < most ? null : `${metadata.name} is made for ${spec.ownerName}, which may have ${most}`;
  const count = live.size - late.size;
  return count <= most ? null : `${metadata.name} is the ${count}th live workload of ${spec.ownerName}, which may have ${most}`;
}

/** All but the one that was just made. */
function partsOf(live: ReadonlyMap<string, Workload>, made: string): Parts {
  const parts: Parts = { byImage: new Map(), sum: 0 };
  for (const { metadata, spec } of live.values()) if (metadata.name !== made) add(parts, spec.image);
  return parts;
}

function add(parts: Parts, image: string): void {
  parts.byImage.set(image, (parts.byImage.get(image) ?? 0) + 1);
  parts.sum++;
}

function taken({ metadata, spec }: Workload, { bounds, live, disturbedUs }: Story, nowUs: Micros): string | null {
  if (nowUs - disturbedUs < RECENT_US) return null;
  const recent = bounds.filter(({ untilUs }) => untilUs > nowUs - RECENT_US);
  if (recent.length === 0) return null;
  const least = Math.min(...recent.map((each) => each.least));
  const ready = [...live.values()].filter(({ status }) => status.ready).length;
  return ready >= least
    ? null
    : `the deployer deletes ${metadata.name}, so that ${ready} workloads of ${spec.ownerName} serve, of which there should be ${least}`;
}

function isLive(workload: Workload | null): boolean {
  return workload !== null && workload.metadata.deletionUs === null;
}

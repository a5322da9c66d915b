/**
 * What an API server shows of a watch cache never goes back: a read that is asked for after the server has shown a version of it,
 * to anybody, shows that version or a later one, of the kind as of each object. Judged by what servers send; two servers may
 * differ by as much as they like, and what comes from the store itself may be ahead of both.
 */
import type { Monitor, Observer, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import {
  getMethod,
  listMethod,
  watchResourcesMethod,
  type ListRequest,
  type ListResponse,
  type ResourceEvent,
} from '../../../api/methods.ts';
import type { Resource, ResourceKind } from '../../../api/resources/index.ts';
import { sharedApiCalls, type ApiCalls, type ApiCallsOf, type Call } from './calls.ts';

export function cacheMonotonic(callsOf: ApiCallsOf = sharedApiCalls()): Property {
  return {
    id: 'platform/cache-monotonic',
    kind: 'always',
    title: 'what an API server shows of an object or a kind never goes back',
    monitor: (report, scene, keepEvidence) => new CacheMonotonic(report, scene, callsOf(scene), keepEvidence),
  };
}

/** What a server has shown of a kind, in one life. */
interface Shown {
  /** Newest version of a list or bookmark, or of a change in a watch. */
  version: number;
  readonly objects: Map<string, Sight>;
}

interface Sight {
  version: number;
  step: number;
}

interface Asked {
  readonly client: string;
  readonly server: string;
  readonly kind: ResourceKind;
  readonly shown: Shown;
  /** Of the kind, when it was asked. */
  readonly floor: number;
  /** Empty for a list. */
  readonly name: string;
  readonly step: number;
  /** Of a state in the past, or of a watch, nothing is expected. */
  readonly isJudged: boolean;
  /** It is answered from the watch cache, and by nothing else. */
  readonly ofCache: boolean;
}

/** Objects of a kind that are remembered of a server. */
const REMEMBERED = 2_000;

class CacheMonotonic implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly servers = new Map<Process, Map<ResourceKind, Shown>>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, calls: ApiCalls, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [calls];
    this.evidence = keepEvidence ? [] : null;
    calls.follow(getMethod, {
      asked: (call, request) => this.ask(call, request.kind, request.name, request),
      answered: (asked, object) => this.got(asked, object),
    });
    calls.follow(listMethod, {
      asked: (call, request) => this.ask(call, request.kind, '', request),
      answered: (asked, list) => this.listed(asked, list),
    });
    calls.follow(watchResourcesMethod, {
      asked: (call, { kind }) => this.ask(call, kind, '', null),
      answered: (asked, event) => this.told(asked, event),
    });
  }

  /** Its caches start over. */
  crashed(process: Process): void {
    this.servers.delete(process);
  }

  private ask({ client, server }: Call, kind: ResourceKind, name: string, read: ListRequest | null): Asked {
    const shown = this.shownBy(server, kind);
    const isJudged = read !== null && isOfNow(read);
    const ofCache = read === null || read.consistency === 'any' || read.consistency === 'not-older';
    return {
      client: client.name,
      server: server.name,
      kind,
      shown,
      floor: shown.version,
      name,
      step: this.scene.step(),
      isJudged,
      ofCache,
    };
  }

  private shownBy(server: Process, kind: ResourceKind): Shown {
    let kinds = this.servers.get(server);
    if (kinds === undefined) {
      kinds = new Map();
      this.servers.set(server, kinds);
    }
    let shown = kinds.get(kind);
    if (shown === undefined) {
      shown = { version: 0, objects: new Map() };
      kinds.set(kind, shown);
    }
    return shown;
  }

  private told(asked: Asked, event: ResourceEvent): void {
    // Changes of the past are told as well, and the state that a watch from nowhere begins with is no later than they.
    this.show(asked, event.resourceVersion, event.type === 'added' || event.type === 'modified' ? [event.object] : nothing);
  }

  private listed(asked: Asked, { resourceVersion, items }: ListResponse): void {
    if (!asked.isJudged) return;
    this.judge(asked, resourceVersion, items);
    this.show(asked, resourceVersion, items);
  }

  private got(asked: Asked, object: Resource): void {
    this.judge(asked, -1, [object]);
    this.show(asked, -1, [object]);
  }

  /** `version` is −1 where the answer names none of the kind's. */
  private judge(asked: Asked, version: number, items: readonly Resource[]): void {
    const broken = goesBack(asked, version, items);
    if (broken !== null) this.report.violated(broken);
  }

  private show(asked: Asked, version: number, objects: readonly Resource[]): void {
    const { shown, ofCache } = asked;
    const step = this.scene.step();
    this.evidence?.push({
      asked,
      step,
      answer: { version, objects: new Map(objects.map(({ metadata }) => [metadata.name, metadata.resourceVersion])) },
    });
    if (!ofCache) return;
    if (version > shown.version) shown.version = version;
    for (let at = 0; at < objects.length; at++) {
      const { name, resourceVersion } = (objects[at] as Resource).metadata;
      const before = shown.objects.get(name);
      if (before === undefined) {
        shown.objects.set(name, { version: resourceVersion, step });
      } else if (before.version < resourceVersion) {
        before.version = resourceVersion;
        before.step = step;
      }
    }
    if (shown.objects.size > REMEMBERED) shown.objects.clear();
  }

  /** For each read, the newest that its server had shown until it answered, if that was before the read was asked for. */
  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [position, { asked, answer }] of evidence.entries()) {
      if (!asked.isJudged) continue;
      const earlier = evidence.slice(0, position).filter((each) => each.asked.ofCache && each.asked.shown === asked.shown);
      const least = Math.max(0, ...earlier.filter(({ step }) => step < asked.step).map(({ answer: { version } }) => version));
      if (answer.version >= 0 && answer.version < least) return sayOlder(asked, answer.version, least);
      for (const [name, version] of answer.objects) {
        const newest = Math.max(0, ...earlier.map(({ answer: { objects } }) => objects.get(name) ?? 0));
        const first = earlier.find(({ answer: { objects } }) => objects.get(name) === newest);
        if (first !== undefined && first.step < asked.step && version < newest) return sayOlder(asked, version, newest);
      }
    }
    return null;
  }
}

/** What was shown: by whom and to whom, when, and what. */
interface Evidence {
  readonly asked: Asked;
  readonly step: number;
  readonly answer: { readonly version: number; readonly objects: ReadonlyMap<string, number> };
}

const nothing: readonly Resource[] = [];

/**
 * An object that was shown again since the read was asked for may have been shown older when it was asked: that is not judged.
 */
function goesBack(asked: Asked, version: number, items: readonly Resource[]): string | null {
  const { shown, floor, step } = asked;
  if (version >= 0 && version < floor) return sayOlder(asked, version, floor);
  for (let at = 0; at < items.length; at++) {
    const { name, resourceVersion } = (items[at] as Resource).metadata;
    const sight = shown.objects.get(name);
    if (sight !== undefined && sight.step < step && resourceVersion < sight.version)
      return sayOlder(asked, resourceVersion, sight.version);
  }
  return null;
}

function sayOlder({ client, server, kind, name }: Asked, version: number, least: number): string {
  return `${server} showed ${client} ${name === '' ? `a list of ${kind}` : `${kind} ${name}`} at version ${version}, although it had shown version ${least} before it was asked`;
}

function isOfNow({ consistency, continueFrom = '' }: ListRequest): boolean {
  return consistency !== 'exact' && continueFrom === '';
}

/** Health checks decide: a gateway leaves out whom its own checks have found dead, and no one else, in turn among the others. */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../../sim/index.ts';
import type { Endpoints } from '../../../api/resources/index.ts';
import type { Design } from '../../../design.ts';
import { checkedBoundary, routedBoundary, type CheckedBackend, type RoutedRequest } from '../../../regions/gateway-methods.ts';
import type { Change, CommitJournal, JournalOf } from '../journal.ts';

/**
 * Who is dead follows from the answers to a gateway's checks, by the rule of the design. A gateway forgets what it found of a
 * backend that is not published for a while, and nobody sees when it learns of that: one that looks dead here is held against a
 * request only if it was published all the time. Who looks alive here is alive there, whatever was forgotten.
 */
export function routedByHealth(journalOf: JournalOf, design: Design): Property {
  return {
    id: 'platform/routed-by-health',
    kind: 'always',
    title:
      'a gateway sends nothing to a backend that its checks have found dead, and does not pass over one that they find alive',
    monitor: (report, scene, keepEvidence) => new RoutedByHealth(report, { journal: journalOf(scene), design, keepEvidence }),
  };
}

interface Options {
  readonly journal: CommitJournal;
  readonly design: Design;
  readonly keepEvidence: boolean;
}

/** What was published under one generation. */
interface Version {
  readonly mode: Endpoints['spec']['mode'];
  readonly backends: readonly string[];
}

/** What was published of a service by one object of Endpoints. */
interface Published {
  readonly uid: string;
  readonly versions: Map<number, Version>;
}

/** How a backend looks to a gateway. */
interface Health {
  /** Failed checks in a row, or successful ones below zero. */
  failures: number;
  alive: boolean;
  /** The gateway routed by this generation, or a later one, when the checks began to fail by which it is dead. */
  generation: number;
}

/** How a gateway has chosen backends of a service since the set of those that are alive may have changed. */
interface Turns {
  /** By which it has routed last; 0 when it has not. */
  generation: number;
  count: number;
  readonly chosen: Set<string>;
}

/** What one gateway has shown since it has started. */
interface Life {
  /** By service and workload, the one checked last at the end. */
  readonly health: Map<string, Health>;
  /** By service. */
  readonly turns: Map<string, Turns>;
}

/** Generations of one service, and backends of one gateway, that are remembered; those before are not judged by. */
const VERSIONS = 64;
const BACKENDS = 1024;

/** What happened, in order. */
type Evidence =
  | { readonly type: 'published'; readonly endpoints: Endpoints }
  | { readonly type: 'checked'; readonly gateway: string; readonly check: CheckedBackend }
  | { readonly type: 'routed'; readonly gateway: string; readonly request: RoutedRequest }
  | { readonly type: 'crashed'; readonly gateway: string };

class RoutedByHealth implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly design: Design;
  /** By service; null when more than one object has been published of it, whose generations cannot be told apart. */
  private readonly published = new Map<string, Published | null>();
  /** By gateway. */
  private readonly lives = new Map<string, Life>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, { journal, design, keepEvidence }: Options) {
    this.report = report;
    this.design = design;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes), 'Endpoints');
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (checkedBoundary as Boundary) || what === (routedBoundary as Boundary);
  }

  crashed({ name: gateway }: Process): void {
    if (!this.lives.delete(gateway)) return;
    this.evidence?.push({ type: 'crashed', gateway });
  }

  crossed({ name: gateway }: Process, what: Boundary, body: unknown): void {
    if (what === (checkedBoundary as Boundary)) this.checked(gateway, body as CheckedBackend);
    else if (what === (routedBoundary as Boundary)) this.routed(gateway, body as RoutedRequest);
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      const broken = seen.type === 'routed' ? judgeFromScratch(seen, evidence.slice(0, at + 1), this.design) : null;
      if (broken !== null) return broken;
    }
    return null;
  }

  private committed(changes: readonly Change[]): void {
    for (const { object } of changes) {
      if (object?.kind !== 'Endpoints') continue;
      const endpoints = object as Endpoints;
      this.evidence?.push({ type: 'published', endpoints });
      const { metadata, spec } = endpoints;
      let published = this.published.get(spec.service);
      if (published === undefined) {
        published = { uid: metadata.uid, versions: new Map() };
        this.published.set(spec.service, published);
      }
      if (published?.uid !== metadata.uid) {
        this.published.set(spec.service, null);
        continue;
      }
      const { versions } = published;
      versions.set(metadata.generation, versionOf(endpoints));
      if (versions.size > VERSIONS) versions.delete(metadata.generation - VERSIONS);
    }
  }

  private checked(gateway: string, check: CheckedBackend): void {
    this.evidence?.push({ type: 'checked', gateway, check });
    const { service, workload, ok } = check;
    const { health, turns } = this.lifeOf(gateway);
    const ofService = turns.get(service);
    const key = `${service} ${workload}`;
    const seen = health.get(key) ?? { failures: 0, alive: true, generation: 0 };
    health.delete(key);
    health.set(key, seen);
    if (health.size > BACKENDS) for (const oldest of health.keys()) if (health.delete(oldest)) break;
    if (!ok && seen.failures <= 0 && seen.alive) seen.generation = ofService?.generation ?? 0;
    seen.failures = ok ? Math.min(0, seen.failures) - 1 : Math.max(0, seen.failures) + 1;
    const wasAlive = seen.alive;
    if (seen.failures >= this.design.unhealthyChecks) seen.alive = false;
    else if (-seen.failures >= successesToReturn(this.design)) seen.alive = true;
    // Of one that looks dead here the gateway may think otherwise, and may change its mind.
    if (ofService !== undefined && !(wasAlive && seen.alive)) beginAnew(ofService);
  }

  private routed(gateway: string, request: RoutedRequest): void {
    this.evidence?.push({ type: 'routed', gateway, request });
    const { service, workload, generation } = request;
    if (workload === '') return;
    const { health, turns } = this.lifeOf(gateway);
    let ofService = turns.get(service);
    if (ofService === undefined) {
      ofService = { generation: 0, count: 0, chosen: new Set() };
      turns.set(service, ofService);
    }
    if (ofService.generation !== generation) {
      ofService.generation = generation;
      beginAnew(ofService);
    }
    const versions = this.published.get(service)?.versions;
    const version = versions?.get(generation);
    if (versions === undefined || version === undefined || isToPrimary(version, request)) return;
    ofService.count++;
    ofService.chosen.add(workload);
    const { backends } = version;
    const seen = health.get(`${service} ${workload}`);
    if (seen?.alive === false && hasStood(versions, workload, seen.generation, generation)) {
      const dead = backends.filter((uid) => health.get(`${service} ${uid}`)?.alive === false);
      if (mayBeEjected(dead.length, backends.length, this.design)) this.report.violated(sayDead(gateway, request));
    }
    if (ofService.count < backends.length || ofService.chosen.size === backends.length) return;
    const passedOver = backends.find((uid) => !ofService.chosen.has(uid) && health.get(`${service} ${uid}`)?.alive !== false);
    if (passedOver !== undefined) this.report.violated(sayPassedOver(gateway, request, passedOver));
  }

  private lifeOf(gateway: string): Life {
    let life = this.lives.get(gateway);
    if (life === undefined) {
      life = { health: new Map(), turns: new Map() };
      this.lives.set(gateway, life);
    }
    return life;
  }
}

function beginAnew(turns: Turns): void {
  turns.count = 0;
  turns.chosen.clear();
}

function versionOf({ spec }: Endpoints): Version {
  return { mode: spec.mode, backends: spec.backends.map(({ workload }) => workload) };
}

function successesToReturn({ unhealthyChecks }: Design): number {
  return Math.ceil(unhealthyChecks / 2);
}

function mayBeEjected(dead: number, backends: number, { ejectPercentMax }: Design): boolean {
  return dead * 100 <= backends * ejectPercentMax;
}

/** A write goes to whoever holds the office, however it looks. */
function isToPrimary({ mode }: Version, { operation }: RoutedRequest): boolean {
  return mode === 'primary' && operation === 'write';
}

/** Whether a backend has been published under all generations from one to another. */
function hasStood(versions: ReadonlyMap<number, Version>, workload: string, from: number, to: number): boolean {
  for (let generation = Math.max(1, from); generation <= to; generation++)
    if (versions.get(generation)?.backends.includes(workload) !== true) return false;
  return true;
}

/** One request against all that had happened before, which ends with it. */
function judgeFromScratch(
  { gateway, request }: Extract<Evidence, { readonly type: 'routed' }>,
  evidence: readonly Evidence[],
  design: Design,
): string | null {
  const { service, workload, generation } = request;
  const published = evidence.flatMap((each) =>
    each.type === 'published' && each.endpoints.spec.service === service ? [each.endpoints] : [],
  );
  if (workload === '' || new Set(published.map(({ metadata }) => metadata.uid)).size !== 1) return null;
  const newest = published.at(-1)?.metadata.generation ?? 0;
  const versions = new Map(
    published.flatMap((each) =>
      each.metadata.generation > newest - VERSIONS ? [[each.metadata.generation, versionOf(each)] as const] : [],
    ),
  );
  const version = versions.get(generation);
  if (version === undefined || isToPrimary(version, request)) return null;
  const began = evidence.findLastIndex((each) => each.type === 'crashed' && each.gateway === gateway) + 1;
  const own = evidence.slice(began).filter((each) => isOf(each, gateway, service));
  const checked = own.flatMap((each) => (each.type === 'checked' ? [each.check.workload] : []));
  const looks = new Map([...version.backends, ...checked].map((uid) => [uid, looksFromScratch(own, uid, design)]));
  const dead = version.backends.filter((uid) => looks.get(uid)?.alive === false);
  const chosen = looks.get(workload);
  if (
    chosen?.alive === false &&
    hasStood(versions, workload, chosen.generation, generation) &&
    mayBeEjected(dead.length, version.backends.length, design)
  )
    return sayDead(gateway, request);
  const otherwise = own.findLastIndex(
    (each) => each.type === 'routed' && each.request.workload !== '' && each.request.generation !== generation,
  );
  const since = Math.max(otherwise, ...[...looks.values()].map(({ stirred }) => stirred));
  const turns = own
    .slice(since + 1)
    .flatMap((each) =>
      each.type === 'routed' && each.request.workload !== '' && !isToPrimary(version, each.request)
        ? [each.request.workload]
        : [],
    );
  const passedOver = version.backends.find((uid) => !turns.includes(uid) && looks.get(uid)?.alive === true);
  return turns.length >= version.backends.length && passedOver !== undefined ? sayPassedOver(gateway, request, passedOver) : null;
}

function isOf(each: Evidence, gateway: string, service: string): boolean {
  if (each.type === 'checked') return each.gateway === gateway && each.check.service === service;
  return each.type === 'routed' && each.gateway === gateway && each.request.service === service;
}

/** How a backend looks by all checks of one life, and at which of them it was, or became, anything else than alive. */
function looksFromScratch(
  own: readonly Evidence[],
  workload: string,
  design: Design,
): { readonly alive: boolean; readonly generation: number; readonly stirred: number } {
  let alive = true;
  let stirred = -1;
  let run: { readonly ok: boolean; length: number } = { ok: true, length: 0 };
  let routedBy = 0;
  let generation = 0;
  for (const [at, each] of own.entries()) {
    if (each.type === 'routed' && each.request.workload !== '') routedBy = each.request.generation;
    if (each.type !== 'checked' || each.check.workload !== workload) continue;
    const { ok } = each.check;
    if (run.ok !== ok || run.length === 0) {
      run = { ok, length: 0 };
      if (!ok && alive) generation = routedBy;
    }
    run.length++;
    const wasAlive = alive;
    if (run.length >= (ok ? successesToReturn(design) : design.unhealthyChecks)) alive = ok;
    if (!wasAlive || !alive) stirred = at;
  }
  return { alive, generation, stirred };
}

function sayDead(gateway: string, { name, workload }: RoutedRequest): string {
  return `${gateway} sends a request for ${name} to ${workload}, which its own checks have found dead`;
}

function sayPassedOver(gateway: string, { name }: RoutedRequest, workload: string): string {
  return `${gateway} passes over ${workload} with its requests for ${name}, although its own checks find it alive`;
}

/**
 * What runs on a node, as others meet it: answers users, tells whether it is well, and holds or follows the office of a primary.
 * It lives in the process of the node's agent, and is down with it, as pods are not while a kubelet restarts.
 */
import { Channels, ms, type Connection, type ConnectionHandler, type Os, type Reply, RpcServer } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Cache } from '../../api/client/cache.ts';
import type { Primary } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { Database, FILE_PREFIX, fileOf } from './database.ts';
import {
  acceptedWriteBoundary,
  healthMethod,
  replicateMethod,
  serveMethod,
  type HealthRequest,
  type HealthResponse,
  type ReplicateRequest,
  type ReplicateResponse,
  type ServeRequest,
  type ServeResponse,
} from './methods.ts';
import { Office, type Peer } from './office.ts';

export interface ServingOptions {
  readonly os: Os;
  readonly api: ApiClient;
  readonly design: Design;
  readonly defects: DefectSet;
  /** Whether a workload runs here and is ready to serve. */
  readonly serves: (workload: string) => boolean;
  /** What the control plane says, as far as this node has heard. */
  readonly workloads: Cache<'Workload'>;
  readonly primaries: Cache<'Primary'>;
}

/** What a node shows of what it serves. */
export interface ServingView {
  /** Offices held here, by the uid of their service. */
  readonly offices: readonly {
    readonly service: string;
    readonly epoch: number;
    readonly holds: boolean;
    readonly detail: unknown;
  }[];
  readonly databases: readonly {
    readonly service: string;
    readonly workload: string;
    readonly length: number;
    readonly epoch: number;
  }[];
}

const RECONNECT_US = ms(500);

export class Serving {
  private readonly options: ServingOptions;
  private readonly os: Os;
  private readonly server = new RpcServer();
  private readonly keptByDeployment: boolean;
  /** By file. */
  private readonly databases = new Map<string, Database>();
  /** Offices held here, by uid of the service. */
  private readonly offices = new Map<string, Office>();
  private readonly nodes: Channels;

  constructor(options: ServingOptions) {
    this.options = options;
    this.os = options.os;
    this.nodes = new Channels(options.os, { reconnectUs: RECONNECT_US });
    this.keptByDeployment = options.defects.has('data-kept-by-deployment');
    this.server.handle(serveMethod, (request, reply) => this.serve(request, reply));
    this.server.handle(healthMethod, (request, reply) => reply.ok(this.health(request)));
    this.server.handle(replicateMethod, (request, reply) => this.replicate(request, reply));
  }

  accept(connection: Connection): ConnectionHandler {
    return this.server.accept(connection);
  }

  /** Takes up and lays down offices by what is known now; to be called whenever any of it has changed. */
  reconsider(): void {
    const { primaries, serves } = this.options;
    const named = new Map(primaries.list().map((primary) => [primary.spec.service, primary]));
    for (const [service, office] of this.offices) {
      const primary = named.get(service);
      // What a cache shows may be older than what the office was begun with.
      const isReplaced =
        primary === undefined ||
        primary.spec.epoch > office.epoch ||
        (primary.spec.epoch === office.epoch && primary.spec.workload !== office.workload);
      if (isReplaced || !serves(office.workload)) this.leave(service);
      else office.peersChanged();
    }
    for (const [service, primary] of named) {
      const { workload } = primary.spec;
      if (workload !== '' && serves(workload) && !this.offices.has(service)) this.enter(primary);
    }
  }

  /** Drops the data of workloads and of services that are gone for good; to be called when the cache of workloads is whole. */
  collect(): void {
    if (this.databases.size === 0) return;
    const living = this.livingUids();
    for (const [file, database] of this.databases) {
      if (living.has(database.workload) && (this.keptByDeployment || this.isHeld(database.service))) continue;
      database.remove();
      this.databases.delete(file);
    }
  }

  /** The same for what an earlier life has left on the disk; to be called when both caches are whole. */
  sweep(): void {
    const { disk } = this.os;
    disk.list(FILE_PREFIX, (files) => {
      const living = this.livingUids();
      const kept = new Set(
        this.options.primaries
          .list()
          .flatMap(({ spec }) => [...living].map((workload) => fileOf(this.subjectOf(spec.service, workload), workload))),
      );
      for (const file of files) if (!kept.has(file) && !this.databases.has(file)) disk.remove(file, () => undefined);
    });
  }

  inspect(): ServingView {
    return {
      offices: [...this.offices].map(([service, office]) => ({
        service,
        epoch: office.epoch,
        holds: office.holds,
        detail: office.inspect(),
      })),
      databases: [...this.databases.values()].map(({ service, workload, length, epoch }) => ({
        service,
        workload,
        length,
        epoch,
      })),
    };
  }

  private livingUids(): ReadonlySet<string> {
    return new Set(this.options.workloads.list().map(({ metadata }) => metadata.uid));
  }

  /** The control plane has told of an office of that service, and not that it is gone. */
  private isHeld(service: string): boolean {
    return this.options.primaries.list().some(({ spec }) => spec.service === service);
  }

  // ── holding office ───────────────────────────────────────────────────────────────────────────────────────────────

  private enter(primary: Primary): void {
    const { os, api, design, defects } = this.options;
    const { service, workload } = primary.spec;
    const database = this.database(service, workload);
    // With what it does not know yet it can neither lead nor compare.
    if (!database.loaded) return;
    const peers = (): readonly Peer[] => this.peersOf(workload);
    const left = (): void => void this.offices.delete(service);
    this.offices.set(service, new Office({ os, api, design, defects, primary, database, peers, nodes: this.nodes, left }));
  }

  private leave(service: string): void {
    this.offices.get(service)?.close();
    this.offices.delete(service);
  }

  private peersOf(workload: string): readonly Peer[] {
    const owner = this.ownerOf(workload);
    return this.options.workloads
      .list()
      .flatMap(({ metadata, spec, status }) =>
        owner !== undefined && spec.owner === owner && metadata.uid !== workload && status.ready
          ? [{ workload: metadata.uid, node: spec.node }]
          : [],
      );
  }

  private ownerOf(workload: string): string | undefined {
    return this.options.workloads.list().find(({ metadata }) => metadata.uid === workload)?.spec.owner;
  }

  private database(service: string, workload: string): Database {
    const subject = this.subjectOf(service, workload);
    const file = fileOf(subject, workload);
    let database = this.databases.get(file);
    if (database === undefined) {
      database = new Database(this.os, subject, workload);
      this.databases.set(file, database);
      database.load(() => this.reconsider());
    }
    return database;
  }

  private lengthOf(service: string, workload: string): number {
    return this.databases.get(fileOf(this.subjectOf(service, workload), workload))?.length ?? 0;
  }

  private subjectOf(service: string, workload: string): string {
    return this.keptByDeployment ? (this.ownerOf(workload) ?? service) : service;
  }

  // ── what others ask ──────────────────────────────────────────────────────────────────────────────────────────────

  private health({ service, workloads }: HealthRequest): HealthResponse {
    return {
      serving: workloads.map((uid) => this.options.serves(uid)),
      sequences: workloads.map((uid) => this.lengthOf(service, uid)),
    };
  }

  private serve(request: ServeRequest, reply: Reply<ServeResponse>): void {
    const { service, workload, operation, epoch } = request;
    if (!this.options.serves(workload)) reply.refuse('not-here', `${workload} does not run here`);
    else if (operation === 'write' && epoch > 0) this.write(request, reply);
    else reply.ok({ sequence: this.lengthOf(service, workload) });
  }

  private write({ service, workload, epoch, id }: ServeRequest, reply: Reply<ServeResponse>): void {
    const office = this.offices.get(service);
    if (office === undefined || office.workload !== workload || !office.holds) {
      reply.refuse('not-in-office', `${workload} does not hold the office`);
    } else if (epoch !== office.epoch) {
      reply.refuse('not-in-office', `the office is held under epoch ${office.epoch}, not ${epoch}`);
    } else if (!office.mayAppend) {
      reply.refuse('behind', 'those who follow are too far behind');
    } else {
      const database = this.database(service, workload);
      const sequence = database.length + 1;
      const error = database.write(database.length, [{ epoch: office.epoch, id }], () => {
        // An office that ended meanwhile cannot vouch for it: somebody else may have begun to take writes.
        if (!office.holds || this.offices.get(service) !== office) return;
        this.os.cross(acceptedWriteBoundary, { service, workload, epoch: office.epoch, sequence, id });
        reply.ok({ sequence });
      });
      if (error !== null) reply.refuse('unavailable', `nothing was written: ${error}`);
    }
  }

  private replicate(request: ReplicateRequest, reply: Reply<ReplicateResponse>): void {
    const { service, workload, epoch, from, previous } = request;
    if (!this.options.serves(workload)) {
      reply.refuse('not-here', `${workload} does not run here`);
      return;
    }
    // A message that is late enough comes from the office of a service that is gone, with its data.
    if (!this.isHeld(service)) {
      reply.refuse('unavailable', `nothing is known here of service ${service}`);
      return;
    }
    const database = this.database(service, workload);
    const office = this.offices.get(service);
    if (!database.loaded) {
      reply.refuse('unavailable', 'it is reading its data');
    } else if (
      epoch < database.epoch ||
      (office !== undefined && (office.epoch > epoch || (office.epoch === epoch && office.workload === workload)))
    ) {
      reply.refuse('newer-epoch', `epoch ${Math.max(database.epoch, office?.epoch ?? 0)} is known here`);
    } else if (from > database.length || database.epochAt(from) !== previous) {
      database.enter(epoch);
      // All of an epoch that does not agree is skipped at once.
      let have = Math.min(from, database.length);
      const differing = database.epochAt(have);
      if (have === from) while (have > 0 && database.epochAt(have) === differing) have--;
      reply.ok({ have });
    } else {
      this.follow(database, request, reply);
    }
  }

  private follow(database: Database, { epoch, from, entries }: ReplicateRequest, reply: Reply<ReplicateResponse>): void {
    const error = database.follow(epoch, from, entries, () => reply.ok({ have: from + entries.length }));
    if (error !== null) reply.refuse('unavailable', `nothing was written: ${error}`);
  }
}

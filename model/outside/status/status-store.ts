/**
 * A region's store of what changes all the time and decides nothing: the status of nodes and workloads, as they report it. In
 * memory; what is lost is reported again. Its promise: what it acknowledged it has, until there is something newer, and a node's
 * status never goes back while the store lives; the stores of all regions come to have the newest.
 */
import {
  Channel,
  kind,
  RpcServer,
  type Boot,
  type Co,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
} from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { keptOutsideBoundary } from '../kept-outside.ts';
import {
  compareReports,
  readStatusMethod,
  reportBytes,
  reportStatusMethod,
  shareStatusMethod,
  type Position,
  type StatusReport,
} from './methods.ts';

export interface StatusStoreOptions {
  /** The status stores of the other regions. */
  readonly peers: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

export interface StatusStoreView {
  /** By node. */
  readonly positions: Readonly<Record<string, Position>>;
}

export const STATUS_STORE = 'statusstore';

export function statusStore(options: StatusStoreOptions): Boot {
  return (os) => new StatusStore(os, options);
}

const shareKind = kind<null>('status/share-soon', { serviceUs: 5, describe: () => 'shares what nodes have reported' });

class StatusStore implements Program {
  private readonly os: Os;
  private readonly design: Design;
  private readonly takesTheLast: boolean;
  private readonly ignoresLives: boolean;
  private readonly givesUpPeers: boolean;
  private readonly peers: readonly Channel[];
  private readonly rpc = new RpcServer();
  private readonly reports = new Map<string, StatusReport>();
  /** Nodes that reported here and not elsewhere, since they were shared last: by peer. */
  private readonly unshared: readonly Set<string>[];

  constructor(os: Os, { peers, design, defects }: StatusStoreOptions) {
    this.os = os;
    this.design = design;
    this.takesTheLast = defects.has('status-takes-the-last');
    this.ignoresLives = defects.has('status-ignores-restarts');
    this.givesUpPeers = defects.has('status-gives-up-peers');
    this.peers = peers.map((peer) => new Channel(os, [peer]));
    this.unshared = peers.map(() => new Set<string>());
    this.rpc.handle(reportStatusMethod, (report, reply) => {
      if (this.take(report)) for (const nodes of this.unshared) nodes.add(report.node);
      reply.ok(null);
    });
    this.rpc.handle(shareStatusMethod, ({ reports }, reply) => {
      for (const report of reports) this.take(report);
      reply.ok(null);
    });
    this.rpc.handle(readStatusMethod, ({ nodes }, reply) =>
      reply.ok({ reports: nodes.flatMap((node) => this.reports.get(node) ?? []) }),
    );
  }

  start(): void {
    for (const [position, peer] of this.peers.entries()) this.shareSoon(peer, this.unshared[position] as Set<string>);
  }

  accept(connection: Connection): ConnectionHandler {
    return this.rpc.accept(connection);
  }

  inspect(): StatusStoreView {
    const positions: Record<string, Position> = {};
    for (const [node, { incarnation, sequence }] of this.reports) positions[node] = { incarnation, sequence };
    return { positions };
  }

  /** False when it has something newer. */
  private take(report: StatusReport): boolean {
    const before = this.reports.get(report.node);
    if (before !== undefined && !this.takesTheLast && this.compare(before, report) >= 0) return false;
    this.reports.set(report.node, report);
    this.os.cross(keptOutsideBoundary, {
      stateClass: 'status-blobs',
      place: this.os.name,
      writes: 1,
      bytes: reportBytes(report),
    });
    return true;
  }

  private compare(a: Position, b: Position): number {
    return this.ignoresLives ? a.sequence - b.sequence : compareReports(a, b);
  }

  private shareSoon(peer: Channel, nodes: Set<string>): void {
    this.os.after(this.design.statusShareUs, shareKind, () => {
      if (nodes.size === 0) this.shareSoon(peer, nodes);
      else this.os.spawn('share', this.share(peer, nodes), (goesOn) => (goesOn ? this.shareSoon(peer, nodes) : undefined));
    });
  }

  private *share(peer: Channel, nodes: Set<string>): Co<boolean> {
    const shared = [...nodes];
    nodes.clear();
    const outcome = yield* peer.call(
      shareStatusMethod,
      { reports: shared.map((node) => this.reports.get(node) as StatusReport) },
      this.design.statusShareUs,
    );
    if (outcome.status === 'ok') return true;
    for (const node of shared) nodes.add(node);
    return !this.givesUpPeers;
  }
}

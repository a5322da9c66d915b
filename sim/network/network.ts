/** The network: links between processes, what each message meets on its way, and the conditions that faults put on them. */
import { mix3 } from '../digest.ts';
import { EventType, NOT_CARRIED, SECOND_COPY, type SimEvent } from '../event.ts';
import type { Endpoint } from './connection.ts';
import type { Kind } from '../kind.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process/process.ts';
import { exponentialAt, scale, type Stream } from '../random.ts';
import { ms, type Micros } from '../time.ts';

/** One-way latency between two places: a floor, and the mean of an exponential tail above it. */
export interface Latency {
  readonly baseUs: Micros;
  readonly jitterUs: Micros;
}

export interface Topology {
  /** Names of regions, in the order of the matrix. */
  readonly regions: readonly string[];
  /** `latency[from][to]`; the diagonal is within one region. */
  readonly latency: readonly (readonly Latency[])[];
  /** Of each link, in megabits a second; 0 for no limit. */
  readonly bandwidthMbps: number;
  /** How much waiting traffic a link holds, as time; a datagram beyond it is dropped, a connection is slowed down. */
  readonly queueUs: Micros;
  /** After this long without a sign of life an end of a connection gives it up. */
  readonly keepaliveUs: Micros;
  /** How long a lost segment waits before it is sent again; doubled at each attempt. */
  readonly retransmitUs: Micros;
}

/** Three regions, 250 µs inside and tens of milliseconds between them, as public clouds have them. */
export function threeRegions(regions: readonly [string, string, string] = ['east', 'west', 'north']): Topology {
  const inside = { baseUs: 250, jitterUs: 60 };
  const near = { baseUs: ms(12), jitterUs: ms(1) };
  const far = { baseUs: ms(34), jitterUs: ms(3) };
  const middle = { baseUs: ms(25), jitterUs: ms(2) };
  return {
    regions,
    latency: [
      [inside, near, far],
      [near, inside, middle],
      [far, middle, inside],
    ],
    bandwidthMbps: 1_000,
    queueUs: ms(500),
    keepaliveUs: ms(3_000),
    retransmitUs: ms(200),
  };
}

/** What a fault does to the links it covers, for as long as it lasts. */
export interface Condition {
  /** Which links, by sender and receiver. */
  readonly covers: (from: Process, to: Process) => boolean;
  /** Only messages of kinds whose name starts with this; all when absent. */
  readonly kindPrefix?: string;
  readonly blocked?: boolean;
  readonly extraDelayUs?: Micros;
  readonly lossPerMillion?: number;
  readonly duplicatePerMillion?: number;
  /** Single messages that never arrive, by their luck. */
  readonly omitted?: ReadonlySet<number>;
}

/**
 * A message that never arrives, copies included: to find out what hung on it. Its luck was drawn when it was sent and stands for
 * its place on the link, so that one omitted before it does not make it another one.
 */
export interface Omission {
  readonly from: string;
  readonly to: string;
  readonly luck: number;
}

const MILLION = 1_000_000;
/** These keep latency, loss and duplication independent of each other, though all are made from one draw. */
const DUPLICATE_SALT = 0x6475;
const LOSS_SALT = 0x6c6f;

/** One direction between two processes. */
export class Link {
  readonly from: Process;
  readonly to: Process;
  readonly latency: Latency;
  readonly stream: Stream;
  /** Ends of connections that receive over this link. */
  readonly ends = new Set<Endpoint>();
  /** Nothing passes. */
  blocked = false;
  extraDelayUs: Micros = 0;
  lossPerMillion = 0;
  duplicatePerMillion = 0;
  /** Conditions that name a kind or single messages; almost always empty. */
  selective: readonly Condition[] = [];
  private freeAtUs: Micros = 0;

  constructor(from: Process, to: Process, latency: Latency, stream: Stream) {
    this.from = from;
    this.to = to;
    this.latency = latency;
    this.stream = stream;
  }

  /** When a message that leaves at `departUs` with this luck arrives; -1 when the link's queue is full and may drop. */
  transit(departUs: Micros, bytes: number, luck: number, topology: Topology, mayDrop: boolean): Micros {
    let leaveUs = departUs;
    if (topology.bandwidthMbps > 0) {
      if (this.freeAtUs > leaveUs) leaveUs = this.freeAtUs;
      if (mayDrop && leaveUs - departUs > topology.queueUs) return -1;
      leaveUs += Math.ceil((bytes * 8) / topology.bandwidthMbps);
      this.freeAtUs = leaveUs;
    }
    return leaveUs + this.latency.baseUs + this.extraDelayUs + exponentialAt(luck, this.latency.jitterUs);
  }

  selectiveDelayUs(kind: Kind): Micros {
    let delayUs = 0;
    for (const condition of this.selective) {
      if (applies(condition, kind)) delayUs += condition.extraDelayUs ?? 0;
    }
    return delayUs;
  }

  /** Whether a message with this luck is lost on arrival, at its n-th attempt. */
  loses(kind: Kind, luck: number, attempt: number): boolean {
    if (this.lossPerMillion === 0 && this.selective.length === 0) return false;
    let loss = this.lossPerMillion;
    for (const condition of this.selective) {
      if (condition.omitted?.has(luck)) return true;
      if (!applies(condition, kind)) continue;
      if (condition.blocked) return true;
      loss = Math.max(loss, condition.lossPerMillion ?? 0);
    }
    return loss > 0 && scale(mix3(luck, attempt, LOSS_SALT), MILLION) < loss;
  }

  /** Whether it is one that never arrives. */
  omits(luck: number): boolean {
    return this.selective.length > 0 && this.selective.some(({ omitted }) => omitted?.has(luck) === true);
  }

  duplicates(luck: number): boolean {
    return this.duplicatePerMillion > 0 && scale(mix3(luck, 0, DUPLICATE_SALT), MILLION) < this.duplicatePerMillion;
  }
}

function applies(condition: Condition, kind: Kind): boolean {
  return condition.kindPrefix === undefined || kind.name.startsWith(condition.kindPrefix);
}

/** Where everything is lost nothing passes, keepalives included. */
function blocks({ kindPrefix, blocked, lossPerMillion = 0 }: Condition): boolean {
  return kindPrefix === undefined && (blocked === true || lossPerMillion >= MILLION);
}

export class Network {
  readonly topology: Topology;
  private readonly kernel: Kernel;
  private readonly links: Link[] = [];
  private conditions: Condition[] = [];

  constructor(kernel: Kernel, topology: Topology) {
    this.kernel = kernel;
    this.topology = topology;
  }

  /** The link from one process to another; made at its first use. */
  link(from: Process, to: Process): Link {
    let link = from.links[to.index];
    if (link === undefined) {
      const latency = this.topology.latency[from.regionIndex]?.[to.regionIndex];
      if (latency === undefined) throw new RangeError(`the latency matrix has no row for ${from.region} to ${to.region}`);
      link = new Link(from, to, latency, this.kernel.streams.stream(`network/${from.name}>${to.name}`));
      from.links[to.index] = link;
      this.links.push(link);
      this.assess(link);
    }
    return link;
  }

  /** Nothing passes from one process to another now. Makes no link: observers ask, and the order of links decides ties. */
  isBlocked(from: Process, to: Process): boolean {
    const link = from.links[to.index];
    if (link !== undefined) return link.blocked;
    return this.conditions.some((condition) => blocks(condition) && condition.covers(from, to));
  }

  /** A datagram: may be lost, duplicated, reordered. */
  datagram(from: Process, to: Process, kind: Kind, body: unknown): void {
    const link = this.link(from, to);
    const luck = link.stream.int32();
    const bytes = kind.sizeBytes(body);
    const departUs = from.departUs();
    let arriveUs = link.transit(departUs, bytes, luck, this.topology, true);
    const overflow = arriveUs < 0;
    if (overflow) arriveUs = departUs + link.latency.baseUs;
    else if (link.selective.length > 0) arriveUs += link.selectiveDelayUs(kind);
    const event = this.kernel.create(EventType.datagram, arriveUs, from, to, kind, body, null, null, bytes, departUs, luck);
    // A full queue drops at once, but the loss shows where every loss shows: at arrival.
    if (overflow) event.attempts = NOT_CARRIED;
    this.kernel.push(event);
  }

  /** A datagram has reached its target: true when it goes on to the process. */
  arrives(event: SimEvent): boolean {
    const from = event.source as Process;
    const to = event.target as Process;
    const link = this.link(from, to);
    if (event.attempts === NOT_CARRIED || link.blocked || link.omits(event.luck)) return false;
    const isCopy = event.attempts === SECOND_COPY;
    // Doubled before either is judged, as netem does it: of a lost message the copy may still come, late.
    if (!isCopy && link.duplicates(event.luck)) this.double(event, link);
    return !link.loses(event.kind, event.luck, isCopy ? 1 : 0);
  }

  private double(event: SimEvent, { from, to, latency }: Link): void {
    const { kind, body, bytes, departUs, luck } = event;
    const laterUs = this.kernel.nowUs + 1 + exponentialAt(mix3(luck, 1, DUPLICATE_SALT), latency.baseUs);
    const copy = this.kernel.causedBy(event.cause, () =>
      this.kernel.create(EventType.datagram, laterUs, from, to, kind, body, null, null, bytes, departUs, luck),
    );
    copy.attempts = SECOND_COPY;
    this.kernel.push(copy);
  }

  /** Puts a condition on the links it covers, now and later. Returns what lifts it. */
  impose(condition: Condition): () => void {
    this.conditions.push(condition);
    this.assessAll();
    return () => {
      this.conditions = this.conditions.filter((other) => other !== condition);
      this.assessAll();
    };
  }

  /** Single messages never arrive. Throws a RangeError when one names a process that is not there. */
  omit(omissions: readonly Omission[]): void {
    const byLink = new Map<Process, Map<Process, Set<number>>>();
    for (const { from, to, luck } of omissions) {
      const [sender, receiver] = [this.kernel.process(from), this.kernel.process(to)];
      const ofSender = byLink.get(sender) ?? new Map<Process, Set<number>>();
      byLink.set(sender, ofSender);
      ofSender.set(receiver, (ofSender.get(receiver) ?? new Set()).add(luck));
    }
    for (const [sender, receivers] of byLink) {
      for (const [receiver, omitted] of receivers)
        this.impose({ omitted, covers: (from, to) => from === sender && to === receiver });
    }
  }

  private assessAll(): void {
    for (const link of this.links) this.assess(link);
  }

  private assess(link: Link): void {
    const wasBlocked = link.blocked;
    link.blocked = false;
    link.extraDelayUs = 0;
    link.lossPerMillion = 0;
    link.duplicatePerMillion = 0;
    const selective: Condition[] = [];
    for (const condition of this.conditions) {
      if (!condition.covers(link.from, link.to)) continue;
      if (condition.kindPrefix !== undefined || condition.omitted !== undefined) {
        selective.push(condition);
        continue;
      }
      if (blocks(condition)) link.blocked = true;
      // Delays add up; of several losses the worst counts, so that more faults on a link do not become a cut.
      link.extraDelayUs += condition.extraDelayUs ?? 0;
      link.lossPerMillion = Math.max(link.lossPerMillion, condition.lossPerMillion ?? 0);
      link.duplicatePerMillion = Math.max(link.duplicatePerMillion, condition.duplicatePerMillion ?? 0);
    }
    link.selective = selective;
    if (wasBlocked !== link.blocked) this.changed(link);
  }

  /** The ends of both directions are concerned: who hears no answer cannot tell which way was cut. */
  private changed(link: Link): void {
    const back = link.to.links[link.from.index];
    for (const end of [...link.ends, ...(back?.ends ?? [])]) end.reconsider();
  }

  /** A machine has power again: what was tried in vain is tried again, and it disowns the connections it has forgotten. */
  machineIsBack(process: Process): void {
    for (const from of this.kernel.processes) {
      for (const end of [...(from.links[process.index]?.ends ?? [])]) end.reconsider();
    }
    for (const orphan of [...process.orphans]) orphan.peer.reconsider();
  }
}

/**
 * Connections: ordered and whole while they live. Loss costs delay; a break loses a suffix, and each end learns of it in its
 * own time. Modelled on TCP with a keepalive above it, as gRPC uses it.
 */
import { EventType, NOT_CARRIED, type SimEvent } from '../event.ts';
import { kind, type Kind } from '../kind.ts';
import type { Kernel } from '../kernel.ts';
import type { Link } from './network.ts';
import type { Process } from '../process/process.ts';
import { scale } from '../random.ts';
import type { Micros } from '../time.ts';

/**
 * Why an end is closed. `refused`: nobody listens there. `keepalive`: no sign of life. `reset`: the other side has forgotten it.
 */
export type CloseReason = 'closed' | 'refused' | 'reset' | 'keepalive' | 'slow consumer';

/** What a process does with its end. Called inside its events. */
export interface ConnectionHandler {
  opened?(): void;
  message(kind: Kind, body: unknown): void;
  closed(reason: CloseReason): void;
}

/** A process's own end of a connection. */
export interface Connection {
  readonly id: number;
  /** Name of the process at the other end. */
  readonly peer: { readonly process: { readonly name: string } };
  readonly open: boolean;
  /** Queues a message; false when this end is closed already. Arrival is not promised. */
  send(kind: Kind, body: unknown): boolean;
  /** Ends it in order: the other side gets all that was sent before. The own handler hears nothing more. */
  close(): void;
}

const openKind = kind<null>('connection/open', { serviceUs: 5, describe: () => 'opens a connection' });
const openedKind = kind<null>('connection/opened', { serviceUs: 5, describe: () => 'connection accepted' });
const closedKind = kind<CloseReason>('connection/closed', { serviceUs: 5, describe: (reason) => `connection ended: ${reason}` });

/** Attempts after which the pause between retransmissions stops doubling. */
const BACKOFF_DOUBLINGS = 4;
const RESET_BYTES = 64;

export class Endpoint implements Connection {
  readonly id: number;
  readonly process: Process;
  readonly inbound: Link;
  open = true;
  private handler: ConnectionHandler | null = null;
  private other: Endpoint | undefined;
  private readonly kernel: Kernel;
  // What is under way to this end, in the order of its sending: a list through `SimEvent.next`. Only the first is in the event
  // queue, so nothing can overtake; it is not there either while it is `parked` or held by its sender's pause.
  private first: SimEvent | null = null;
  private last: SimEvent | null = null;
  /** The first is due, but cannot get through: it is tried again when something changes. */
  private parked = false;
  /** Since when the first has been lost again and again; -1 when it has not. */
  private stuckSinceUs: Micros = -1;
  /** News that the connection is over, on its way to this end outside the order of segments. */
  private notice: SimEvent | null = null;
  private noticeParked = false;
  /** Since when nothing can come through; -1 while all is well. */
  private silentSinceUs: Micros = -1;
  /** It was closed in order from this side: what still comes is ignored, since the other side will hear of it in order. */
  private closing = false;
  /** It was given up for want of a sign of life. */
  private gaveUp = false;
  /** The process is gone; whoever still talks to this end is told so if the machine runs. */
  private forgotten = false;

  constructor(kernel: Kernel, id: number, process: Process, inbound: Link) {
    this.kernel = kernel;
    this.id = id;
    this.process = process;
    this.inbound = inbound;
    inbound.ends.add(this);
  }

  get peer(): Endpoint {
    return this.other as Endpoint;
  }

  /** Opens a connection; the returned end may send at once. */
  static open(kernel: Kernel, from: Process, to: Process, handler: ConnectionHandler): Endpoint {
    const id = kernel.nextConnection();
    // A link that is made here under a partition tells the ends it has at once, so both links come before the first end.
    const inbound = kernel.network.link(to, from);
    const outbound = kernel.network.link(from, to);
    const near = new Endpoint(kernel, id, from, inbound);
    const far = new Endpoint(kernel, id, to, outbound);
    near.other = far;
    far.other = near;
    near.hold(handler);
    near.transmit(EventType.open, openKind, null);
    near.reconsider();
    return near;
  }

  private hold(handler: ConnectionHandler | null): void {
    this.handler = handler;
    this.process.ends.add(this);
  }

  send(what: Kind, body: unknown): boolean {
    if (!this.open) return false;
    const { kernel } = this;
    kernel.freezer?.freeze(body);
    kernel.observers.sent(this.process, this.peer.process, what, body);
    this.transmit(EventType.segment, what, body);
    return true;
  }

  close(): void {
    if (!this.open) return;
    this.transmit(EventType.closed, closedKind, 'closed');
    this.closing = true;
    this.release();
  }

  /** Sends one segment to the other end, behind all earlier ones. */
  private transmit(type: EventType, what: Kind, body: unknown): void {
    const { kernel, peer, process } = this;
    const link = peer.inbound;
    const luck = link.stream.int32();
    const bytes = what.sizeBytes(body);
    const departUs = process.departUs();
    let arriveUs = link.transit(departUs, bytes, luck, kernel.network.topology, false);
    if (link.selective.length > 0) arriveUs += link.selectiveDelayUs(what);
    peer.append(kernel.create(type, arriveUs, process, peer.process, what, body, peer, null, bytes, departUs, luck));
  }

  // ── what is under way to this end ────────────────────────────────────────────────────────────────────────────────

  private append(event: SimEvent): void {
    if (this.last === null) {
      this.first = event;
      this.last = event;
      this.kernel.push(event);
    } else {
      this.last.next = event;
      this.last = event;
    }
  }

  private shift(): void {
    const event = this.first as SimEvent;
    const { next } = event;
    event.next = null;
    this.first = next;
    this.stuckSinceUs = -1;
    if (next === null) {
      this.last = null;
    } else {
      if (next.timeUs < this.kernel.nowUs) next.timeUs = this.kernel.nowUs;
      (next.source as Process).release(next);
    }
  }

  /** Nothing of what is under way arrives any more. */
  private drop(): void {
    if (this.first !== null) this.kernel.cancel(this.first);
    this.first = null;
    this.last = null;
    this.parked = false;
  }

  /** The sender's process has ended: what had not left it yet never will. The queue has let go of it already. */
  loseUnsent(): void {
    const sender = this.peer.process;
    let kept: SimEvent | null = null;
    for (let event = this.first; event !== null && !sender.stillOwes(event); event = event.next) kept = event;
    if (kept === null) this.first = null;
    else kept.next = null;
    this.last = kept;
  }

  /** The sender stood still for so long: what had not left it leaves that much later. */
  delayUnsent(byUs: Micros): void {
    const sender = this.peer.process;
    for (let event = this.first; event !== null; event = event.next) {
      if (!sender.stillOwes(event)) continue;
      event.departUs += byUs;
      event.timeUs += byUs;
    }
  }

  /** Something under way to this end is due: true when it goes on to the process now. */
  arrives(event: SimEvent): boolean {
    if (event !== this.first) return event === this.notice && this.noticeArrives(event);
    if (this.open && this.inbound.omits(event.luck)) {
      this.breakBefore(event);
      return false;
    }
    if (!this.reachable || this.inbound.loses(event.kind, event.luck, event.attempts)) {
      this.fails(event);
      return false;
    }
    this.shift();
    if (event.type === EventType.open) return this.isAsked();
    if (this.open && !this.forgotten) return true;
    if (!this.closing) this.resetPeer('reset');
    return false;
  }

  private get reachable(): boolean {
    return !this.inbound.blocked && this.process.powered;
  }

  /** The first segment did not get through. */
  private fails(event: SimEvent): void {
    const { kernel } = this;
    if (this.peer.forgotten) {
      // Nobody is left to send it again, nor what comes behind it.
      this.drop();
      return;
    }
    if (!this.reachable) {
      this.parked = true;
      return;
    }
    const { keepaliveUs, retransmitUs } = kernel.network.topology;
    if (this.stuckSinceUs < 0) this.stuckSinceUs = kernel.nowUs;
    if (kernel.nowUs - this.stuckSinceUs >= keepaliveUs) {
      // The answers to keepalives stand in the same queue: to both sides the other looks dead.
      this.expire();
      kernel.internally(this.keepaliveSpreadUs(), () => this.peer.expire());
      return;
    }
    event.timeUs = kernel.nowUs + (retransmitUs << Math.min(event.attempts, BACKOFF_DOUBLINGS));
    event.attempts++;
    kernel.push(event);
  }

  /** A request to connect has come to the machine. */
  private isAsked(): boolean {
    if (!this.process.up) {
      this.release();
      this.resetPeer('refused');
      return false;
    }
    this.hold(null);
    this.reconsider();
    // It may have been called before it ran, and then looked dead to the caller.
    this.peer.reconsider();
    return true;
  }

  /** What would arrive never does. Nothing on a connection is lost alone: it breaks there. */
  private breakBefore({ type }: SimEvent): void {
    if (type === EventType.open) {
      this.release();
      this.resetPeer('reset');
    } else {
      this.sever('reset');
    }
  }

  /** The process's mailbox has no place for what has arrived. */
  overflow(event: SimEvent): void {
    if (event.type === EventType.open) {
      this.release();
      this.resetPeer('refused');
    } else {
      this.sever('slow consumer');
    }
  }

  // ── the process's turn ───────────────────────────────────────────────────────────────────────────────────────────

  /** The process takes the event in (its turn in the mailbox has come). False when this end is not its business any more. */
  handle(event: SimEvent): boolean {
    const { handler } = this;
    switch (event.type) {
      case EventType.open:
        return this.open && this.accept();
      case EventType.opened:
        if (!this.open) return false;
        handler?.opened?.();
        return true;
      case EventType.segment:
        if (!this.open || handler === null) return false;
        handler.message(event.kind, event.body);
        return true;
      default:
        this.release();
        handler?.closed(event.body as CloseReason);
        return handler !== null;
    }
  }

  private accept(): boolean {
    const handler = this.process.program?.accept?.(this) ?? null;
    // The program may have closed it while it was asked.
    if (!this.open) return true;
    if (handler === null) {
      this.release();
      this.resetPeer('refused');
    } else {
      this.handler = handler;
      this.transmit(EventType.opened, openedKind, null);
    }
    return true;
  }

  // ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Breaks it now, from outside (a reset by the network, a consumer that is too slow): both ends learn of it. */
  sever(reason: CloseReason): void {
    if (!this.open) return;
    this.resetPeer(reason);
    this.learn(reason);
  }

  /** The process is gone. Its machine, if it still runs, resets the other side at once; a dead one says nothing. */
  orphan(machineRuns: boolean): void {
    const wasOpen = this.open;
    this.forgotten = true;
    this.release();
    if (machineRuns && wasOpen) this.resetPeer('reset');
    else if (!machineRuns && this.peer.open) this.process.orphans.add(this);
    this.peer.reconsider();
  }

  private expire(): void {
    if (!this.open || !this.process.up) return;
    this.gaveUp = true;
    this.learn('keepalive');
    this.peer.reconsider();
  }

  /** This end gives up by itself; the process learns it now. */
  private learn(reason: CloseReason): void {
    const { kernel, process } = this;
    this.open = false;
    this.drop();
    this.noticeParked = false;
    this.notice = this.noticeOf(process, kernel.nowUs, reason, 0, 0);
    this.notice.attempts = NOT_CARRIED;
    kernel.push(this.notice);
  }

  /** The other end learns, one latency later, that this one is gone; what is still under way to it may come too late. */
  private resetPeer(reason: CloseReason, afterUs: Micros = 0): void {
    const { kernel, peer, process } = this;
    if (!peer.open || peer.notice !== null) return;
    const link = peer.inbound;
    const departUs = kernel.nowUs + afterUs;
    const luck = kernel.chance(this.id, process.index);
    const arriveUs = link.transit(departUs, RESET_BYTES, luck, kernel.network.topology, false);
    peer.notice = peer.noticeOf(process, arriveUs, reason, RESET_BYTES, luck);
    kernel.push(peer.notice);
  }

  /** The event in which this end is told that the connection is closed. */
  private noticeOf(source: Process, atUs: Micros, reason: CloseReason, bytes: number, luck: number): SimEvent {
    const { kernel, process } = this;
    const type = EventType.closed;
    return kernel.create(type, atUs, source, process, closedKind, reason, this, null, bytes, kernel.nowUs, luck);
  }

  private noticeArrives(event: SimEvent): boolean {
    const isOwn = event.attempts === NOT_CARRIED;
    if (!isOwn && !this.reachable) {
      this.noticeParked = true;
      return false;
    }
    if (!isOwn && this.inbound.loses(event.kind, event.luck, event.attempts)) {
      event.attempts++;
      this.sendNoticeAgain(event);
      return false;
    }
    this.drop();
    return this.process.up && !this.forgotten;
  }

  private sendNoticeAgain(event: SimEvent): void {
    this.noticeParked = false;
    event.timeUs = this.kernel.nowUs + this.kernel.network.topology.retransmitUs;
    this.kernel.push(event);
  }

  private release(): void {
    this.open = false;
    this.handler = null;
    this.drop();
    this.process.ends.delete(this);
    this.inbound.ends.delete(this);
    this.peer.process.orphans.delete(this.peer);
  }

  // ── signs of life ────────────────────────────────────────────────────────────────────────────────────────────────

  /** A partition, crash, pause or the end of one has changed something between the two ends. */
  reconsider(): void {
    const { kernel, peer } = this;
    if (this.reachable) {
      if (this.parked && this.first !== null) {
        this.parked = false;
        this.first.timeUs = kernel.nowUs + kernel.network.topology.retransmitUs;
        kernel.push(this.first);
      }
      if (this.noticeParked && this.notice !== null) this.sendNoticeAgain(this.notice);
    }
    if (!this.open) return;
    if (!this.silent()) this.silentSinceUs = -1;
    else if (this.silentSinceUs < 0) this.fallsSilent();
    // The next keepalive finds a machine that knows nothing of this connection any more.
    if ((peer.forgotten || peer.gaveUp) && peer.reachable) peer.resetPeer('reset', kernel.network.topology.retransmitUs);
  }

  private fallsSilent(): void {
    const { kernel } = this;
    const sinceUs = kernel.nowUs;
    this.silentSinceUs = sinceUs;
    kernel.internally(kernel.network.topology.keepaliveUs + this.keepaliveSpreadUs(), () => {
      if (this.silentSinceUs === sinceUs) this.expire();
    });
  }

  private silent(): boolean {
    const { peer } = this;
    return this.inbound.blocked || peer.inbound.blocked || peer.forgotten || !peer.process.running;
  }

  /** Up to a tenth of the keepalive on top, so that ends do not all expire in one instant. */
  private keepaliveSpreadUs(): Micros {
    return scale(
      this.kernel.chance(this.id, -1 - this.process.index),
      Math.floor(this.kernel.network.topology.keepaliveUs / 10) + 1,
    );
  }
}

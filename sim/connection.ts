/**
 * Connections: ordered and whole while they live. Loss costs delay; a break loses a suffix, and each end learns of it in its
 * own time. Modelled on TCP with a keepalive above it, as gRPC uses it.
 */
import { EventType, type SimEvent } from './event.ts';
import { kind, type Kind } from './kind.ts';
import type { Kernel } from './kernel.ts';
import type { Link } from './network.ts';
import type { Process } from './process.ts';
import type { Micros } from './time.ts';

/** Why an end is closed. `refused`: nobody listens there. `keepalive`: no sign of life. `reset`: the other side has forgotten it. */
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

export class End implements Connection {
  readonly id: number;
  readonly process: Process;
  readonly incarnation: number;
  open = true;
  handler: ConnectionHandler | null = null;
  private other: End | undefined;
  private readonly kernel: Kernel;
  private readonly inbound: Link;
  /** Arrived out of turn: something before them was lost or is held back by a partition. In sending order. */
  private held: SimEvent[] = [];
  private lastArrivalUs: Micros = 0;
  /** Since when nothing can come through; -1 while all is well. */
  private silentSinceUs: Micros = -1;
  /** The machine below forgot this end (power loss): it answers nothing, and resets whoever still talks to it. */
  private forgotten = false;

  constructor(kernel: Kernel, id: number, process: Process, inbound: Link) {
    this.kernel = kernel;
    this.id = id;
    this.process = process;
    this.incarnation = process.incarnation;
    this.inbound = inbound;
    process.ends.add(this);
    inbound.ends.add(this);
  }

  get peer(): End {
    return this.other as End;
  }

  /** Opens a connection; the returned end may send at once. */
  static open(kernel: Kernel, from: Process, to: Process, handler: ConnectionHandler): End {
    const id = kernel.nextConnection();
    const near = new End(kernel, id, from, kernel.network.link(to, from));
    const far = new End(kernel, id, to, kernel.network.link(from, to));
    near.other = far;
    far.other = near;
    near.handler = handler;
    near.transmit(EventType.open, openKind, null);
    near.linkChanged();
    far.linkChanged();
    return near;
  }

  send(what: Kind, body: unknown): boolean {
    if (!this.open) return false;
    this.kernel.freezer?.freeze(body);
    for (const observer of this.kernel.observers.sent) observer.sent?.(this.process, this.peer.process, what, body);
    this.transmit(EventType.segment, what, body);
    return true;
  }

  close(): void {
    if (!this.open) return;
    this.transmit(EventType.closed, closedKind, 'closed');
    this.release();
  }

  /** Sends one segment to the other end, behind all earlier ones. */
  private transmit(type: EventType, what: Kind, body: unknown): void {
    const peer = this.peer;
    const link = peer.inbound;
    const drawn = link.stream.int32();
    const luck = link.stream.int32();
    const bytes = what.sizeBytes(body);
    const departUs = this.process.departUs();
    let arriveUs = link.transit(departUs, bytes, drawn, this.kernel.network.topology, false);
    if (link.selective.length > 0) arriveUs += link.selectiveDelayUs(what);
    if (arriveUs <= peer.lastArrivalUs) arriveUs = peer.lastArrivalUs + 1;
    peer.lastArrivalUs = arriveUs;
    this.kernel.schedule(type, arriveUs, this.process, peer.process, what, body, peer, null, bytes, departUs, luck);
  }

  /** A segment has come over the network to this end: true when it goes on to the process now. */
  arrives(event: SimEvent): boolean {
    if (!this.open || this.forgotten || !this.process.up || this.process.incarnation !== this.incarnation) {
      this.answerStranger();
      return false;
    }
    if (this.held.length > 0 && event.attempts === 0) {
      this.held.push(event);
      return false;
    }
    if (this.inbound.blocked) {
      this.held.push(event);
      return false;
    }
    if (this.inbound.loses(event.kind, event.luck, event.attempts)) {
      event.attempts++;
      this.held.unshift(event);
      this.retransmitLater(event.attempts);
      return false;
    }
    return true;
  }

  /** Somebody talks to an end that is no more: a running machine says so, a dead one is silent. */
  private answerStranger(): void {
    if (this.process.powered && this.peer.open && !this.inbound.blocked) this.resetPeer(this.process.up ? 'reset' : 'refused');
  }

  /** The other end learns, one latency later, that this one is gone; what is still under way to it may come too late. */
  private resetPeer(reason: CloseReason): void {
    const peer = this.peer;
    if (!peer.open) return;
    const link = peer.inbound;
    const drawn = link.stream.int32();
    const luck = link.stream.int32();
    const arriveUs = link.transit(this.kernel.nowUs, 64, drawn, this.kernel.network.topology, false);
    this.kernel.schedule(EventType.closed, arriveUs, this.process, peer.process, closedKind, reason, peer, null, 64, this.kernel.nowUs, luck);
  }

  private retransmitLater(attempt: number): void {
    const pauseUs = this.kernel.network.topology.retransmitUs << Math.min(attempt - 1, BACKOFF_DOUBLINGS);
    this.kernel.internally(pauseUs, () => this.flush());
  }

  /** Sends what was held back on its way again, in order. */
  private flush(): void {
    if (this.held.length === 0 || this.inbound.blocked) return;
    const held = this.held;
    this.held = [];
    let arriveUs = this.kernel.nowUs;
    for (const event of held) {
      arriveUs++;
      if (event.attempts === 0) event.attempts = 1;
      this.kernel.postpone(event, arriveUs);
    }
    if (this.lastArrivalUs < arriveUs) this.lastArrivalUs = arriveUs;
  }

  /** A partition, crash or pause began or ended somewhere between the two ends. */
  linkChanged(): void {
    if (!this.open) return;
    const { kernel } = this;
    if (!this.inbound.blocked && this.held.length > 0) this.retransmitLater(1);
    if (!this.silent()) {
      this.silentSinceUs = -1;
    } else if (this.silentSinceUs < 0) {
      this.silentSinceUs = kernel.nowUs;
      const { keepaliveUs } = kernel.network.topology;
      const waitUs = keepaliveUs + keepaliveSpreadUs(this.inbound, keepaliveUs);
      const since = this.silentSinceUs;
      kernel.internally(waitUs, () => {
        if (this.open && this.silentSinceUs === since && this.process.up) this.expire();
      });
    }
  }

  private silent(): boolean {
    const peer = this.peer;
    return this.inbound.blocked || peer.inbound.blocked || !peer.process.running || peer.forgotten || peer.process.incarnation !== peer.incarnation;
  }

  private expire(): void {
    this.open = false;
    const { kernel, process } = this;
    kernel.schedule(EventType.closed, kernel.nowUs, process, process, closedKind, 'keepalive', this, null, 0, kernel.nowUs, 0);
  }

  /** The process takes the event in (its turn in the mailbox has come). False when this end is not its business any more. */
  handle(event: SimEvent): boolean {
    switch (event.type) {
      case EventType.open:
        return this.accept();
      case EventType.opened:
        if (!this.open) return false;
        this.handler?.opened?.();
        return true;
      case EventType.segment:
        if (!this.open || this.handler === null) return false;
        this.handler.message(event.kind, event.body);
        return true;
      default: {
        const { handler } = this;
        if (handler === null) return false;
        this.release();
        handler.closed(event.body as CloseReason);
        return true;
      }
    }
  }

  private accept(): boolean {
    this.handler = this.process.program?.accept?.(this) ?? null;
    if (this.handler === null) {
      this.release();
      this.resetPeer('refused');
    } else {
      this.transmit(EventType.opened, openedKind, null);
    }
    return true;
  }

  /** Breaks it now, from outside (a reset by the network, a consumer that is too slow): both ends learn of it. */
  sever(reason: CloseReason): void {
    if (!this.open) return;
    const { kernel, process } = this;
    this.open = false;
    this.resetPeer(reason);
    kernel.schedule(EventType.closed, kernel.nowUs, process, process, closedKind, reason, this, null, 0, kernel.nowUs, 0);
  }

  /** The process is gone. Its machine, if it still runs, resets the other side at once; a dead one says nothing. */
  orphan(machineRuns: boolean): void {
    if (this.open && machineRuns) this.resetPeer('reset');
    this.forgotten = true;
    this.release();
    this.peer.linkChanged();
  }

  private release(): void {
    this.open = false;
    this.held = [];
    this.handler = null;
    this.process.ends.delete(this);
    this.inbound.ends.delete(this);
  }
}

/** Up to a tenth of the keepalive on top, so that ends do not all expire in one instant. */
function keepaliveSpreadUs(link: Link, keepaliveUs: Micros): Micros {
  return link.stream.below(Math.floor(keepaliveUs / 10) + 1);
}

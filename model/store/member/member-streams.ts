/** etcd's watch RPC at a member: streams that carry many watches each, for clients that speak it to the letter. */
import type { Micros, Os, ServerStream, Stream, StreamCallbacks } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import { hostErrors } from './host-errors.ts';
import type { StoreMachine } from '../machine/machine.ts';
import type { Watches } from './member-watches.ts';
import type { WatchStreamRequest } from '../watch/watch-requests.ts';
import { WatchStream, type WatchResponse } from '../watch/watch-stream.ts';

interface Served {
  readonly watches: WatchStream;
  readonly stream: ServerStream<WatchResponse>;
  nextProgressUs: Micros;
}

export class WatchStreams {
  private readonly os: Os;
  private readonly machine: StoreMachine;
  private readonly watches: Watches;
  private readonly design: Design;
  private readonly jitter: Stream;
  private readonly byName = new Map<string, Served>();

  constructor(os: Os, machine: StoreMachine, watches: Watches, design: Design) {
    this.os = os;
    this.machine = machine;
    this.watches = watches;
    this.design = design;
    this.jitter = os.random('watch-stream-progress');
  }

  /** Serves a stream of watches under a name of the client's. */
  open(name: string, stream: ServerStream<WatchResponse>): StreamCallbacks {
    const watches = new WatchStream({
      machine: this.machine,
      hub: this.watches.hub,
      send: (response) => void stream.push(response),
      hasRoom: () => stream.writable,
      compat: this.design.storeCompat,
      fragmentBytes: this.design.watchResponseMaxBytes,
    });
    this.byName.set(name, { watches, stream, nextProgressUs: this.nextProgressUs() });
    return {
      closed: () => {
        watches.close();
        this.byName.delete(name);
      },
      drained: () => this.watches.drained(),
    };
  }

  /** What a client asks on a stream of its own; the answer comes there. Nothing when the stream is gone. */
  request(name: string, request: WatchStreamRequest): void {
    const served = this.byName.get(name);
    if (served === undefined) return;
    switch (request.type) {
      case 'create':
        served.watches.create(request.watch);
        this.watches.syncSoon();
        return;
      case 'cancel':
        served.watches.cancel(request.watchId);
        return;
      case 'progress':
        served.watches.requestProgress();
    }
  }

  /** Each stream has a ticker of its own, as in etcd. */
  notifyProgress(nowUs: Micros): void {
    for (const served of this.byName.values()) {
      if (nowUs < served.nextProgressUs) continue;
      served.watches.notifyProgress();
      served.nextProgressUs = this.nextProgressUs();
    }
  }

  /** This member may be cut off from the others: whoever watches here is sent away. */
  endAll(): void {
    const { code, message } = hostErrors.ErrNoLeader;
    for (const { stream } of [...this.byName.values()]) stream.end(code, message);
  }

  private nextProgressUs(): Micros {
    const { watchProgressUs } = this.design;
    return this.os.monotonicUs() + watchProgressUs + this.jitter.below(Math.ceil(watchProgressUs / 10));
  }
}

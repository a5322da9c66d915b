/** One client's watch at a watch cache: what it is sent, what waits for it, and when it is too slow to be waited for. */
import type { ServerStream } from '../../sim/index.ts';
import type { ObjectEvent, ResourceEvent } from './methods.ts';

export class CacheWatcher {
  private readonly stream: ServerStream<ResourceEvent>;
  private readonly bufferMax: number;
  /** Where it began: what this cache learns of only now although it is older is none of its business. */
  private readonly from: number;
  /** Nothing up to here is missing, as it was told. */
  private told: number;
  /** In order; something stands here only while the consumer's window is full. */
  private waiting: ObjectEvent[] = [];
  /** How much may stand there. */
  private waitingMax: number;

  /** It wants what comes after `version`. `bufferMax`: changes that may wait for it. */
  constructor(stream: ServerStream<ResourceEvent>, version: number, bufferMax: number) {
    this.stream = stream;
    this.from = version;
    this.told = version;
    this.bufferMax = bufferMax;
    this.waitingMax = bufferMax;
  }

  /** What it begins with, however much that is; nobody but itself waits for it. */
  begin(events: readonly ObjectEvent[]): void {
    this.waiting = [...events];
    this.waitingMax = events.length + this.bufferMax;
    this.drained();
  }

  /** Takes a change. False when it cannot keep up: the cache waits for no consumer. */
  take(event: ObjectEvent): boolean {
    // A client may ask for what comes after a version that this cache has not seen yet.
    if (event.resourceVersion <= this.from) return true;
    if (this.waiting.length === 0 && this.stream.writable) {
      this.stream.push(event);
      return true;
    }
    this.waiting.push(event);
    return this.waiting.length <= this.waitingMax;
  }

  /**
   * Tells that nothing up to `version` is missing. A consumer for whom something still waits is not told: nobody has promised it.
   */
  bookmark(version: number): void {
    if (version <= this.told || this.waiting.length > 0 || !this.stream.writable) return;
    this.told = version;
    this.stream.push({ type: 'bookmark', resourceVersion: version });
  }

  /** The consumer has room again. */
  drained(): void {
    let sent = 0;
    while (sent < this.waiting.length && this.stream.writable) this.stream.push(this.waiting[sent++] as ObjectEvent);
    if (sent > 0) this.waiting = this.waiting.slice(sent);
    if (this.waiting.length === 0) this.waitingMax = this.bufferMax;
  }

  end(code: string, message: string): void {
    this.stream.end(code, message);
  }
}

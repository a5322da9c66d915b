/** A real etcd answers scripts: a fresh one for each, started ahead of time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type Json } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import { EtcdGateway, type GatewayStream } from './etcd-gateway.ts';
import { EtcdProcess, type EtcdOptions } from './etcd-process.ts';
import { REQUEST_MAX_BYTES, type Outcome, type Sitting, type Subject } from './subject.ts';

/** What was to come and has not come by then does not come. */
const PATIENCE_MS = 5_000;
/**
 * etcd compacts in the background, and what is deleted from its backend is read until the next commit there. Of a watch from a
 * compacted revision nobody knows what it sees before that.
 */
const COMMIT_MS = 10;
const COMPACTED_MS = 5 * COMMIT_MS;
/** Left at the end for what was not to come. */
const SURPLUS_MS = 60;

export class EtcdSubject implements Subject {
  readonly name = 'etcd';
  private readonly options: Omit<EtcdOptions, 'args'>;
  private readonly ahead: number;
  private readonly starting: Promise<EtcdProcess>[] = [];
  private closed = false;

  /** Keeps so many started that nobody has asked for yet. */
  constructor(options: Omit<EtcdOptions, 'args'> = {}, ahead = 1) {
    this.options = options;
    this.ahead = ahead;
  }

  async open(): Promise<Sitting> {
    const next = this.starting.shift() ?? this.start();
    while (!this.closed && this.starting.length < this.ahead) this.starting.push(this.start());
    return new EtcdSitting(await next);
  }

  /** Ends those that nobody has asked for. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.starting.map(async (etcd) => (await etcd).stop()));
  }

  private start(): Promise<EtcdProcess> {
    const args = ['--backend-batch-interval', `${COMMIT_MS}ms`, '--max-request-bytes', String(REQUEST_MAX_BYTES)];
    const etcd = EtcdProcess.start({ ...this.options, args });
    // Told to whoever asks for it; nobody may.
    etcd.catch(() => undefined);
    return etcd;
  }
}

class EtcdSitting implements Sitting {
  private readonly etcd: EtcdProcess;
  private readonly gateway: EtcdGateway;
  private readonly begunMs = performance.now();
  private stream: GatewayStream | null = null;
  private compactedAtMs = 0;

  constructor(etcd: EtcdProcess) {
    this.etcd = etcd;
    this.gateway = new EtcdGateway(etcd.port);
  }

  async perform({ method, body }: ScriptLine, expected?: Outcome): Promise<Outcome> {
    const inThePast = startsInThePast(method, body);
    if (inThePast) await sleep(Math.max(0, this.compactedAtMs + COMPACTED_MS - performance.now()));
    const answer = await this.answer(method, body);
    if (method === 'kv/compaction') this.compactedAtMs = performance.now();
    if (this.stream !== null) await this.settle(this.stream, expected?.stream ?? [], inThePast);
    return { answer, stream: this.stream?.take() ?? [], atMs: Math.round(performance.now() - this.begunMs) };
  }

  async close(): Promise<void> {
    this.stream?.close();
    this.gateway.close();
    await this.etcd.stop();
  }

  /** What the stream brings beyond what anybody expected. */
  async surplus(): Promise<readonly Json[]> {
    if (this.stream === null) return [];
    await sleep(SURPLUS_MS);
    return this.stream.take();
  }

  private async answer(method: string, body: ScriptLine['body']): Promise<Json> {
    if (method === 'advance') {
      await sleep(Number(body['ms']));
      return null;
    }
    if (method !== 'watch') return this.gateway.call(method, body);
    this.stream ??= await this.gateway.watch();
    this.stream.send(body);
    return null;
  }

  /** Waits for as many responses of each watch as are expected. */
  private async settle(stream: GatewayStream, expected: readonly Json[], inThePast: boolean): Promise<void> {
    const wanted = countByWatch(expected);
    const enough = (received: readonly Json[]): boolean => {
      const got = countByWatch(received);
      return [...wanted].every(([watch, count]) => (got.get(watch) ?? 0) >= count);
    };
    await stream.until(enough, PATIENCE_MS);
    // A watch from the past that finds nothing there says nothing when it has caught up.
    if (inThePast && expected.length <= 1) await this.catchUp();
  }

  /**
   * Waits until etcd has been through its unsynced watches once: one on a stream of its own, from a revision that was never
   * readable, is cancelled then.
   */
  private async catchUp(): Promise<void> {
    const probe = await this.gateway.watch();
    probe.send({ create_request: { key: 'AA==', start_revision: '-9' } });
    await probe.until((received) => received.length >= 2, PATIENCE_MS);
    probe.close();
  }
}

function startsInThePast(method: string, body: ScriptLine['body']): boolean {
  const create = method === 'watch' ? (body['create_request'] ?? body['createRequest']) : undefined;
  return isObject(create) && Number(create['start_revision'] ?? create['startRevision'] ?? 0) !== 0;
}

/** The id of the watch that a response belongs to. */
export function watchOf(response: Json): string {
  const result = isObject(response) ? response['result'] : undefined;
  const id = isObject(result) ? result['watch_id'] : undefined;
  return typeof id === 'string' ? id : '0';
}

function countByWatch(responses: readonly Json[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const response of responses) counts.set(watchOf(response), (counts.get(watchOf(response)) ?? 0) + 1);
  return counts;
}

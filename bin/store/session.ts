/**
 * A script before a store: each line is asked of the simulated member, and what comes of it is told as etcd's gateway tells it.
 */
import { z } from 'zod';
import { storeErrors, grpcStatus, type StoreErrorCode } from '../../model/store/machine/errors.ts';
import {
  compactMethod,
  deleteMethod,
  keepAliveMethod,
  leaseGrantMethod,
  leaseLeasesMethod,
  leaseRevokeMethod,
  leaseTimeToLiveMethod,
  putMethod,
  rangeMethod,
  txnMethod,
  watchStreamMethod,
  watchStreamRequestMethod,
  type Mutation,
} from '../../model/store/member/methods.ts';
import type { MutatingRequest } from '../../model/store/machine/requests.ts';
import type { WatchStreamRequest } from '../../model/store/watch/watch-requests.ts';
import { ms, type CallOutcome, type Co, type Method } from '../../sim/index.ts';
import { Answers, errorAnswer } from './answers.ts';
import { givenInt64, messages } from './fields.ts';
import { LeaseIds } from './integers.ts';
import type { JsonObject } from './json.ts';
import { compactionSchema, deleteRangeSchema, putSchema, rangeSchema, txnSchema } from './kv-schemas.ts';
import { grantSchema, keepAliveSchema, revokeSchema, timeToLiveSchema } from './lease-schemas.ts';
import type { ScriptLine, ScriptMethod } from './script.ts';
import { watchSchema } from './watch-schema.ts';
import { StoreWorld, type Errand, type ScriptClient, type StoreWorldOptions } from './world.ts';

/** Something to tell: the answer to a line, or what a watch brings. */
export type Told =
  | { readonly type: 'answer'; readonly json: JsonObject }
  | { readonly type: 'watch'; readonly watchId: string; readonly json: JsonObject };

export interface SessionOptions extends StoreWorldOptions {
  /** Told of fields that no message has and the gateway ignores. */
  readonly unknownField?: (field: string, known: readonly string[]) => void;
}

/** A body means nothing to the store. The issues say which part of it, and why. */
export type Reading = { readonly ok: true; readonly errand: Errand } | { readonly ok: false; readonly error: z.ZodError };

const STREAM = 'script';

export class StoreSession {
  private readonly world: StoreWorld;
  private readonly answers: Answers;
  private readonly readers: Readonly<Record<ScriptMethod, (body: JsonObject) => Reading>>;
  private told: Told[] = [];
  private streams = false;

  constructor({ unknownField = () => undefined, ...options }: SessionOptions) {
    this.world = new StoreWorld(options);
    const ids = new LeaseIds();
    this.answers = new Answers({ clusterId: '1', memberId: '1' }, ids);
    this.answers.term = this.world.term;
    this.readers = this.makeReaders(ids, unknownField);
  }

  /** Simulated time since the store was ready for nothing but the script's pace. */
  get nowUs(): number {
    return this.world.nowUs;
  }

  /** For how long the member has been in service, all told. */
  get busyUs(): number {
    return this.world.busyUs;
  }

  read({ method, body }: ScriptLine): Reading {
    return this.readers[method](body);
  }

  /** Does what was read, and tells what came of it, in order. */
  perform(errand: Errand): readonly Told[] {
    this.told = [];
    this.world.do(errand);
    return this.told;
  }

  private makeReaders(ids: LeaseIds, unknownField: (field: string, known: readonly string[]) => void): StoreSession['readers'] {
    const message = messages(unknownField);
    const { answers } = this;
    return {
      'kv/range': reader(rangeSchema(message), (request) =>
        this.asking(rangeMethod, request, (response) => answers.range(response)),
      ),
      'kv/put': reader(putSchema(message, ids), (request) =>
        this.changing(putMethod, request, (response) => answers.put(response)),
      ),
      'kv/deleterange': reader(deleteRangeSchema(message), (request) =>
        this.changing(deleteMethod, request, (response) => answers.deleteRange(response)),
      ),
      'kv/txn': reader(txnSchema(message, ids), (request) =>
        this.changing(txnMethod, request, (response) => answers.txn(response)),
      ),
      'kv/compaction': reader(compactionSchema(message), (request) =>
        this.changing(compactMethod, request, (response) => answers.bare(response)),
      ),
      'lease/grant': reader(grantSchema(message, ids), (request) =>
        this.changing(leaseGrantMethod, request, (response) => answers.grant(response)),
      ),
      'lease/revoke': reader(revokeSchema(message, ids), (request) =>
        this.changing(leaseRevokeMethod, request, (response) => answers.bare(response)),
      ),
      'lease/timetolive': reader(timeToLiveSchema(message, ids), (request) =>
        this.asking(leaseTimeToLiveMethod, request, (response) => answers.timeToLive(response)),
      ),
      'lease/keepalive': reader(keepAliveSchema(message, ids), (request) =>
        this.asking(keepAliveMethod, request, ({ revision, id, ttlUs }) => answers.keepAlive(revision, id, ttlUs)),
      ),
      'lease/leases': reader(message({}), () =>
        this.asking(leaseLeasesMethod, { kind: 'leaseLeases' }, (response) => answers.leases(response)),
      ),
      watch: reader(watchSchema(message), (request) => (client) => this.watch(client, request)),
      advance: reader(
        advanceSchema,
        ({ ms: waitMs }) =>
          (client) =>
            this.advance(client, Number(waitMs)),
      ),
    };
  }

  private changing<Request extends MutatingRequest, Response>(
    what: Method<Mutation<Request>, Response>,
    request: Request,
    write: Write<Response>,
  ): Errand {
    return (client) => this.ask(client, what, { id: client.requestId(), request }, write);
  }

  private asking<Request, Response>(what: Method<Request, Response>, request: Request, write: Write<Response>): Errand {
    return (client) => this.ask(client, what, request, write);
  }

  private *ask<Request, Response>(
    client: ScriptClient,
    what: Method<Request, Response>,
    request: Request,
    write: Write<Response>,
  ): Co<void> {
    const outcome = yield* client.call(what, request);
    this.told.push({ type: 'answer', json: outcome.status === 'ok' ? write(outcome.value) : refusal(outcome) });
  }

  private *watch(client: ScriptClient, request: WatchStreamRequest): Co<void> {
    if (!this.streams) {
      this.streams = true;
      client.listen(watchStreamMethod, { stream: STREAM }, (response) => {
        this.told.push({ type: 'watch', watchId: String(response.watchId), json: this.answers.watch(response) });
      });
    }
    yield* client.call(watchStreamRequestMethod, { stream: STREAM, request });
  }

  private *advance(client: ScriptClient, waitMs: number): Co<void> {
    yield* client.sleep(ms(waitMs));
    this.told.push({ type: 'answer', json: {} });
  }
}

type Write<Response> = (response: Response) => JsonObject;

/** The member has ten ticks a second, so a month is a minute's work. */
const ADVANCE_MOST_MS = 30n * 24n * 3_600_000n;

const advanceSchema = z.strictObject({
  ms: givenInt64.refine(
    (waitMs) => waitMs >= 0n && waitMs <= ADVANCE_MOST_MS,
    'should be milliseconds, at most 2592000000 (30 days)',
  ),
});

function reader<T>(schema: z.ZodType<T>, errand: (request: T) => Errand): (body: JsonObject) => Reading {
  return (body) => {
    const read = schema.safeParse(body);
    return read.success ? { ok: true, errand: errand(read.data) } : { ok: false, error: read.error };
  };
}

function refusal(outcome: Exclude<CallOutcome<unknown>, { readonly status: 'ok' }>): JsonObject {
  if (outcome.status !== 'refused') throw new Error(`the member does not answer: ${outcome.status}`);
  const known = storeErrors[outcome.code as StoreErrorCode] as (typeof storeErrors)[StoreErrorCode] | undefined;
  return errorAnswer(outcome.message, known?.grpc ?? grpcStatus.unavailable);
}

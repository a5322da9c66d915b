/**
 * Signs of life first: however many others ask, an API server does not let a renewal of a lease wait, or send it away. Judged by
 * what clients send to servers, and servers to the store and back to clients.
 */
import {
  EventType,
  formatTime,
  ms,
  refusalKind,
  seconds,
  type Kind,
  type Method,
  type Micros,
  type Monitor,
  type Process,
  type Property,
  type Refusal,
  type Report,
  type Scene,
  type SimEvent,
} from '../../../../sim/index.ts';
import { levelOf, systemSeats } from '../../../api/flow-control.ts';
import {
  createMethod,
  deleteMethod,
  getMethod,
  leaseMethod,
  listMethod,
  statusMethod,
  updateMethod,
  type ListResponse,
} from '../../../api/methods.ts';
import { objectKey, type ResourceKind } from '../../../api/resources/index.ts';
import type { Design } from '../../../design.ts';
import type { RangeRequest, TxnRequest } from '../../../store/machine/requests.ts';
import { rangeMethod, txnMethod, type Mutation } from '../../../store/member/methods.ts';
import { atIntervals } from '../../shared/at-intervals.ts';
import { judgeFromScratch, type Evidence } from './signs-of-life-from-scratch.ts';

/** For whatever else a server is at work on, beside the lists that hold its seats. */
const WAIT_BESIDE_US = ms(400);
/** So long after the heal, when links are as they were, whoever was stuck on a connection has another one. */
const AFTER_HEAL_US = seconds(4);
/** Whoever comes all at once when the faults are over has been served by then. */
export const OVERLOAD_OVER_US = seconds(15);
/** For what a request needs beside a seat and an answer of the store: a cache that is fresh, its turn on a busy machine. */
const BESIDE_STORE_US = seconds(1);
const LOOK_EVERY_US = ms(100);

export function signsOfLifeFirst(design: Design): Property {
  return {
    id: 'platform/signs-of-life-first',
    kind: 'always',
    title:
      'an API server never refuses a lease renewal to make room for less urgent requests, and after the heal a renewal waits for no more lists than there are seats, in each turn until its own',
    monitor: (report, scene, keepEvidence) => new SignsOfLifeFirst(report, scene, design, keepEvidence),
  };
}

interface Frame<Body> {
  readonly call: number;
  readonly body: Body;
}

/** A request of the level of leases and nodes that a server has and has not answered. */
interface Asked {
  readonly client: Process;
  readonly call: number;
  readonly atUs: Micros;
  /** Of the object that it is about. */
  readonly key: string;
  readonly isRenewal: boolean;
  /** So many requests of that level were unanswered when it came. */
  readonly ahead: number;
  /** The store has been asked about it, by this call; 0: not yet. */
  storeCall: number;
  /** The store has not answered. */
  inStore: boolean;
  judged: boolean;
}

const unary = [getMethod, createMethod, updateMethod, statusMethod, leaseMethod, deleteMethod] as readonly Method<
  unknown,
  unknown
>[];
const methods = new Map<Kind, Method<unknown, unknown>>(unary.map((what) => [what.request as Kind, what]));
const answers = new Set<Kind>(unary.map(({ response }) => response as Kind));
const txnKind = txnMethod.request as Kind;
const rangeKind = rangeMethod.request as Kind;
const listedKind = listMethod.response as Kind;
const storeAnswers = new Set<Kind>([txnMethod.response, rangeMethod.response]);

class SignsOfLifeFirst implements Monitor {
  private readonly report: Report;
  private readonly scene: Scene;
  /** So many of that level find a seat or a place to wait at once. */
  private readonly placesMax: number;
  private readonly seats: number;
  /**
   * By then the server is done with what it was asked: it has waited for a seat, for the store and for
   * a cache, each for as long as it may.
   */
  private readonly rememberedUs: Micros;
  /** What the lists that hold seats cost together, for each object that they show. */
  private readonly listsUs: Micros;
  private longestList = 0;
  private readonly asked = new Map<Process, Asked[]>();
  private readonly evidence: Evidence[] | null;
  private fromUs: Micros = Number.POSITIVE_INFINITY;
  readonly passed = atIntervals(LOOK_EVERY_US, (nowUs) => this.look(nowUs));

  constructor(report: Report, scene: Scene, design: Design, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.seats = systemSeats(design);
    this.placesMax = this.seats + design.apiQueueMax;
    this.rememberedUs = design.apiRequestUs + design.storeRequestUs + BESIDE_STORE_US;
    this.listsUs = (design.apiInFlightMax - this.seats) * design.listObjectUs;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return (
      methods.has(what) ||
      answers.has(what) ||
      what === txnKind ||
      what === rangeKind ||
      what === listedKind ||
      storeAnswers.has(what) ||
      what === (refusalKind as Kind)
    );
  }

  attends(type: EventType): boolean {
    return type === EventType.closed;
  }

  /** What was under way on a connection that has ended may be lost, or take a place all the same. */
  stepped({ target, end }: SimEvent): void {
    if (target === null || end === null) return;
    this.evidence?.push({ type: 'closed', server: target, client: end.peer.process });
    this.excuse(target, end.peer.process);
  }

  healed(nowUs: Micros): void {
    this.fromUs = nowUs + AFTER_HEAL_US;
  }

  crashed(process: Process): void {
    this.evidence?.push({ type: 'crashed', process });
    this.asked.delete(process);
    for (const server of this.asked.keys()) this.excuse(server, process);
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    const method = methods.get(what);
    if (method !== undefined) this.ask(from, to, method, body as Frame<{ readonly kind: ResourceKind; readonly name: string }>);
    else if (what === rangeKind) this.takeUp(from, body as Frame<RangeRequest>, (body as Frame<RangeRequest>).body.key);
    else if (what === txnKind) this.takeUpTxn(from, body as Frame<Mutation<TxnRequest>>);
    else if (what === listedKind) this.listed((body as Frame<ListResponse>).body.items.length);
    else if (storeAnswers.has(what)) this.answeredByStore(to, (body as Frame<unknown>).call);
    else this.answer(from, to, body as Frame<Partial<Refusal>>, what === (refusalKind as Kind));
  }

  private look(nowUs: Micros): void {
    this.evidence?.push({ type: 'looked', nowUs, down: this.scene.processes().filter(({ running }) => !running) });
    for (const [server, asked] of this.asked) {
      if (asked.length === 0) continue;
      for (const each of asked)
        if (!each.judged && nowUs - each.atUs > this.waitMaxUs(this.longestList, each.ahead))
          this.judge(server, each, asked, nowUs);
      if (nowUs - (asked[0] as Asked).atUs > this.rememberedUs)
        this.asked.set(
          server,
          asked.filter(({ atUs }) => nowUs - atUs <= this.rememberedUs),
        );
    }
  }

  fullCheck(): string | null {
    const { placesMax, seats, fromUs, rememberedUs } = this;
    const wronged = judgeFromScratch(this.evidence ?? [], {
      placesMax,
      seats,
      fromUs,
      rememberedUs,
      waitMaxUs: (longest, ahead) => this.waitMaxUs(longest, ahead),
    });
    if (wronged === null) return null;
    return wronged.what === 'sent away' ? saySentAway(wronged.asked, wronged.others) : sayLate(wronged.asked, wronged.nowUs);
  }

  /**
   * The requests ahead of it are served as many at a time as there are seats for, and each time all lists
   * that hold seats may come in between.
   */
  private waitMaxUs(longestList: number, ahead: number): Micros {
    return WAIT_BESIDE_US + (1 + Math.floor(ahead / this.seats)) * longestList * this.listsUs;
  }

  private listed(items: number): void {
    this.evidence?.push({ type: 'listed', items });
    this.longestList = Math.max(this.longestList, items);
  }

  private ask(
    client: Process,
    server: Process,
    method: Method<unknown, unknown>,
    { call, body: { kind, name } }: Frame<{ readonly kind: ResourceKind; readonly name: string }>,
  ): void {
    if (levelOf(method, { kind }) !== 'system') return;
    const asked = this.asked.get(server) ?? [];
    this.asked.set(server, asked);
    const one = {
      client,
      call,
      atUs: this.scene.nowUs(),
      key: objectKey(kind, name),
      isRenewal: method === (leaseMethod as unknown),
    };
    this.evidence?.push({ type: 'asked', server, ...one });
    asked.push({ ...one, ahead: asked.length, storeCall: 0, inStore: false, judged: false });
  }

  /** A request about which the server asks the store has been taken up; what becomes of it there is the store's business. */
  private takeUp(server: Process, { call }: Frame<unknown>, key: string): void {
    this.evidence?.push({ type: 'taken up', server, key, call });
    for (const each of this.asked.get(server) ?? []) {
      if (each.key !== key || each.inStore) continue;
      each.storeCall = call;
      each.inStore = true;
    }
  }

  private takeUpTxn(server: Process, frame: Frame<Mutation<TxnRequest>>): void {
    for (const operation of frame.body.request.success) if (operation.kind === 'put') this.takeUp(server, frame, operation.key);
  }

  private answeredByStore(server: Process, call: number): void {
    this.evidence?.push({ type: 'settled', server, call });
    for (const each of this.asked.get(server) ?? []) if (each.storeCall === call) each.inStore = false;
  }

  private excuse(server: Process, client: Process): void {
    for (const each of this.asked.get(server) ?? []) if (each.client === client) each.judged = true;
  }

  private answer(
    server: Process,
    client: Process,
    { call, body: { code, retryAfterUs } }: Frame<Partial<Refusal>>,
    isRefused: boolean,
  ): void {
    const isSentAway = isRefused && retryAfterUs !== undefined && code === 'too-many-requests';
    this.evidence?.push({ type: 'answered', server, client, call, isSentAway });
    const asked = this.asked.get(server) ?? [];
    const at = asked.findIndex((each) => each.client === client && each.call === call);
    if (at < 0) {
      if (isRefused) this.answeredByStore(client, call);
      return;
    }
    const { key, isRenewal } = asked[at] as Asked;
    asked.splice(at, 1);
    if (isSentAway && isRenewal && asked.length < this.placesMax)
      this.report.violated(saySentAway({ server, client, key }, asked.length));
  }

  private judge(server: Process, late: Asked, all: readonly Asked[], nowUs: Micros): void {
    late.judged = true;
    const { client, atUs, isRenewal, storeCall } = late;
    if (!isRenewal || storeCall > 0 || atUs < this.fromUs || !server.running || !client.running) return;
    // Where the store hangs, it may be their like that takes all their seats.
    if (all.filter((each) => each.inStore).length >= this.seats) return;
    this.report.violated(sayLate({ server, ...late }, nowUs));
  }
}

interface Renewal {
  readonly server: Process;
  readonly client: Process;
  readonly key: string;
}

function saySentAway({ server, client, key }: Renewal, others: number): string {
  return `${server.name} tells ${client.name} to come back later with its renewal of ${key}, although only ${others} others ask for the like`;
}

function sayLate({ server, client, key, atUs }: Renewal & { readonly atUs: Micros }, nowUs: Micros): string {
  return `${server.name} has not taken up a renewal of ${key} by ${client.name} ${formatTime(nowUs - atUs)} after it was sent`;
}

/** Judges what watches are sent against the committed order, for the four properties of watches at once. */
import type { Report } from '../../../sim/index.ts';
import type { WatchCreated, WatchItem } from '../../store/member/methods.ts';
import type { StoreEvent } from '../../store/machine/requests.ts';
import { equal, isSamePair } from './equal.ts';
import type { StoreOracle } from './oracle.ts';

export type WatchClaim = 'ordered' | 'no-gap' | 'atomic' | 'bookmark';

export interface Breach {
  readonly claim: WatchClaim;
  readonly message: string;
}

interface Followed {
  /** The next revision it may be sent. */
  next: number;
  /**
   * The next one after the events that it was sent. A member counts from there when it has to read up after a snapshot, and may
   * cancel a watch for what its progress notifications had covered (etcd keeps `minRev` so); the client then lists in vain.
   */
  nextAfterEvents: number;
  /** Fragments of a response that is not whole yet. */
  parts: readonly StoreEvent[];
}

/** Watches remembered; the one that was silent longest is forgotten first, and judged no more. */
const FOLLOWED_MAX = 4_096;

export class WatchJudge {
  private readonly oracle: StoreOracle;
  private readonly reports = new Map<WatchClaim, Report>();
  private readonly followed = new Map<string, Followed>();

  constructor(oracle: StoreOracle) {
    this.oracle = oracle;
  }

  /** A claim's own report. True for the first claim: its monitor brings what is sent. */
  speakFor(claim: WatchClaim, report: Report): boolean {
    this.reports.set(claim, report);
    return this.reports.size === 1;
  }

  sent(item: WatchItem): void {
    this.oracle.noteItem(item);
    const breach = this.judge(item);
    if (breach !== null) this.reports.get(breach.claim)?.violated(breach.message);
  }

  private judge(item: WatchItem): Breach | null {
    const { watch } = item;
    let state = this.followed.get(watch.id);
    if (state === undefined) state = this.follow(watch);
    const { next } = state;
    if (item.type === 'created') return null;
    if (item.type === 'compacted') return this.judgeCancel(watch, state.nextAfterEvents, item.compactRevision);
    if (item.revision > this.oracle.reference.revision)
      return { claim: 'ordered', message: `${named(watch)} is told of revision ${item.revision}, which is not committed` };
    if (item.type === 'events' && item.fragment) {
      state.parts = [...state.parts, ...item.events];
      return null;
    }
    state.next = Math.max(next, item.revision + 1);
    if (item.type === 'progress') return this.judgeProgress(watch, next, item.revision);
    const events = state.parts.length === 0 ? item.events : [...state.parts, ...item.events];
    state.parts = [];
    state.nextAfterEvents = state.next;
    return this.judgeEvents(watch, next, events);
  }

  private follow(watch: WatchCreated): Followed {
    const state = { next: watch.firstRevision, nextAfterEvents: watch.firstRevision, parts: [] };
    this.followed.set(watch.id, state);
    if (this.followed.size > FOLLOWED_MAX) {
      for (const oldest of this.followed.keys()) {
        this.followed.delete(oldest);
        break;
      }
    }
    return state;
  }

  private judgeCancel(watch: WatchCreated, next: number, compactRevision: number): Breach | null {
    const { reference } = this.oracle;
    if (compactRevision > next && compactRevision <= reference.compactRevision) return null;
    return {
      claim: 'no-gap',
      message: `${named(watch)} is cancelled as compacted to ${compactRevision}, though it goes on at ${next} and the store is compacted to ${reference.compactRevision}`,
    };
  }

  private judgeProgress(watch: WatchCreated, next: number, revision: number): Breach | null {
    const { events } = this.oracle.reference;
    for (let at = this.firstDue(next); at < events.length && events[at]!.kv.modRevision <= revision; at++) {
      if (isWatched(watch, events[at]!)) return { claim: 'bookmark', message: ahead(watch, revision, events[at]!) };
    }
    return null;
  }

  /** Position of the first change that a watch may be sent; what was committed too long ago is not known any more. */
  private firstDue(next: number): number {
    return this.oracle.eventPosition(Math.max(next, this.oracle.firstEventRevision));
  }

  /** Walks over the committed changes and the sent ones side by side. */
  private judgeEvents(watch: WatchCreated, next: number, sent: readonly StoreEvent[]): Breach | null {
    const { events } = this.oracle.reference;
    let at = this.firstDue(next);
    let before: StoreEvent | null = null;
    for (const event of sent) {
      if (event.kv.modRevision < next) return { claim: 'ordered', message: again(watch, event, next) };
      if (event.kv.modRevision < this.oracle.firstEventRevision) continue;
      while (at < events.length && !isWatched(watch, events[at]!)) at++;
      const due = events[at];
      if (due === undefined || !isSameChange(due, event)) return mismatch(watch, event, before, due, sent);
      if (!this.isRightPrevious(watch, event)) return { claim: 'ordered', message: wrongPrevious(watch, event) };
      before = event;
      at++;
    }
    // The revision of the last event must be whole.
    const last = before?.kv.modRevision ?? 0;
    for (; at < events.length && events[at]!.kv.modRevision === last; at++) {
      if (isWatched(watch, events[at]!)) return { claim: 'atomic', message: split(watch, events[at]!) };
    }
    return null;
  }

  /** A watch that did not ask is told of no previous pair; one that did may miss it when it is compacted. */
  private isRightPrevious(watch: WatchCreated, event: StoreEvent): boolean {
    const { reference } = this.oracle;
    const { key, modRevision } = event.kv;
    if (!watch.prevKv) return event.prevKv === null;
    if (event.prevKv === null) return modRevision - 1 < reference.compactRevision || reference.previous(event) === null;
    return !reference.remembers(modRevision - 1) ? event.prevKv.key === key : equal(event.prevKv, reference.previous(event));
  }
}

/** What is wrong when `event` was sent where `due` was due, after `before`, among `sent`. */
function mismatch(
  watch: WatchCreated,
  event: StoreEvent,
  before: StoreEvent | null,
  due: StoreEvent | undefined,
  sent: readonly StoreEvent[],
): Breach {
  const sentRevision = event.kv.modRevision;
  if (due === undefined || sentRevision < due.kv.modRevision)
    return { claim: 'ordered', message: `${named(watch)} is sent ${change(event)}, which was not committed, or not there` };
  if (sentRevision === due.kv.modRevision && due.kv.key === event.kv.key)
    return { claim: 'ordered', message: `${named(watch)} is sent ${JSON.stringify(event)} instead of ${JSON.stringify(due)}` };
  if (sent.some((other) => isSameChange(other, due)))
    return { claim: 'ordered', message: `${named(watch)} is sent ${change(event)} before ${change(due)}` };
  const isSplit = sentRevision === due.kv.modRevision || before?.kv.modRevision === due.kv.modRevision;
  if (isSplit) return { claim: 'atomic', message: split(watch, due) };
  return { claim: 'no-gap', message: `${named(watch)} is sent ${change(event)}, but never ${change(due)}` };
}

/** An item, and what was committed when it was sent. */
export interface SentItem {
  readonly item: WatchItem;
  readonly revision: number;
  readonly compactRevision: number;
}

/** The same judgement over all the items of a run, each against the whole committed order. */
export function judgeFromScratch(items: readonly SentItem[], order: readonly StoreEvent[]): Breach[] {
  const breaches: Breach[] = [];
  const nextOf = new Map<string, number>();
  const afterEvents = new Map<string, number>();
  for (const { item, revision, compactRevision } of wholeItems(items)) {
    const { watch } = item;
    const next = nextOf.get(watch.id) ?? watch.firstRevision;
    if (item.type === 'created') continue;
    if (item.type === 'compacted') {
      if (item.compactRevision <= (afterEvents.get(watch.id) ?? watch.firstRevision) || item.compactRevision > compactRevision)
        breaches.push({ claim: 'no-gap', message: `${named(watch)} is cancelled without need` });
      continue;
    }
    if (item.revision > revision) {
      breaches.push({ claim: 'ordered', message: `${named(watch)} is told of what is not committed` });
      continue;
    }
    nextOf.set(watch.id, Math.max(next, item.revision + 1));
    const due = order.filter(
      (event) => isWatched(watch, event) && event.kv.modRevision >= next && event.kv.modRevision <= item.revision,
    );
    if (item.type === 'progress') {
      if (due.length > 0) breaches.push({ claim: 'bookmark', message: ahead(watch, item.revision, due[0]!) });
      continue;
    }
    afterEvents.set(watch.id, Math.max(next, item.revision + 1));
    const breach = judgeDue(watch, item.events, due) ?? judgePrevious(watch, item.events, order, compactRevision);
    if (breach !== null) breaches.push(breach);
  }
  return breaches;
}

/** Fragments put together. */
function wholeItems(items: readonly SentItem[]): readonly SentItem[] {
  const parts = new Map<string, readonly StoreEvent[]>();
  return items.flatMap((sent) => {
    const { item } = sent;
    if (item.type !== 'events') return [sent];
    const events = [...(parts.get(item.watch.id) ?? []), ...item.events];
    parts.set(item.watch.id, item.fragment ? events : []);
    return item.fragment ? [] : [{ ...sent, item: { ...item, events } }];
  });
}

function judgeDue(watch: WatchCreated, events: readonly StoreEvent[], due: readonly StoreEvent[]): Breach | null {
  if (events.length === due.length && events.every((event, at) => isSameChange(event, due[at]!))) return null;
  const stranger = events.find((event) => !due.some((other) => isSameChange(other, event)));
  const missing = due.find((event) => !events.some((other) => isSameChange(other, event)));
  if (stranger !== undefined || missing === undefined)
    return { claim: 'ordered', message: `${named(watch)} is sent changes that were not committed, or not there` };
  if (events.some((event) => event.kv.modRevision === missing.kv.modRevision))
    return { claim: 'atomic', message: split(watch, missing) };
  return { claim: 'no-gap', message: `${named(watch)} is never sent ${change(missing)}` };
}

function judgePrevious(
  watch: WatchCreated,
  events: readonly StoreEvent[],
  order: readonly StoreEvent[],
  compactRevision: number,
): Breach | null {
  for (const event of events) {
    const { key, modRevision, createRevision } = event.kv;
    const before = order.findLast(({ kv }) => kv.key === key && kv.modRevision < modRevision);
    const isNew = event.type === 'put' && createRevision === modRevision;
    const previous = before === undefined || before.type === 'delete' || isNew ? null : before.kv;
    const mayMiss = !watch.prevKv || modRevision - 1 < compactRevision;
    if (event.prevKv === null ? previous !== null && !mayMiss : !watch.prevKv || !equal(event.prevKv, previous)) {
      return { claim: 'ordered', message: wrongPrevious(watch, event) };
    }
  }
  return null;
}

function isSameChange(a: StoreEvent, b: StoreEvent): boolean {
  return a.type === b.type && isSamePair(a.kv, b.kv);
}

function isWatched({ key, rangeEnd, noPut, noDelete }: WatchCreated, { type, kv }: StoreEvent): boolean {
  if (type === 'put' ? noPut : noDelete) return false;
  if (rangeEnd === '') return kv.key === key;
  return kv.key >= key && (rangeEnd === '\0' || kv.key < rangeEnd);
}

function named({ id, key, rangeEnd }: WatchCreated): string {
  return `watch ${id} of ${key}${rangeEnd === '' ? '' : ' …'}`;
}

function change({ type, kv }: StoreEvent): string {
  return `the ${type} of ${kv.key} at revision ${kv.modRevision}`;
}

function ahead(watch: WatchCreated, revision: number, missing: StoreEvent): string {
  return `${named(watch)} is told that it has seen all up to revision ${revision}, but not sent ${change(missing)}`;
}

function wrongPrevious(watch: WatchCreated, event: StoreEvent): string {
  return `${named(watch)} is told that before ${change(event)} there was ${JSON.stringify(event.prevKv)}`;
}

function again(watch: WatchCreated, event: StoreEvent, next: number): string {
  return `${named(watch)} is sent ${change(event)}, but had come to revision ${next - 1} already`;
}

function split(watch: WatchCreated, missing: StoreEvent): string {
  return `${named(watch)} is sent a part of revision ${missing.kv.modRevision} without ${change(missing)}`;
}

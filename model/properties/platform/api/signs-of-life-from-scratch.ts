/**
 * Signs of life first, judged from scratch: each renewal of a lease against all that was sent from
 * when it was asked until it was judged.
 */
import type { Micros, Process } from '../../../../sim/index.ts';

/** A request of the level of leases and nodes. */
export interface AskedOnce {
  readonly type: 'asked';
  readonly server: Process;
  readonly client: Process;
  readonly call: number;
  readonly atUs: Micros;
  readonly key: string;
  readonly isRenewal: boolean;
}

/** What was sent, as it was, and what ended; in order. */
export type Evidence =
  | AskedOnce
  /** A server asks the store about an object, and the store answers. */
  | { readonly type: 'taken up'; readonly server: Process; readonly key: string; readonly call: number }
  | { readonly type: 'settled'; readonly server: Process; readonly call: number }
  | {
      readonly type: 'answered';
      readonly server: Process;
      readonly client: Process;
      readonly call: number;
      readonly isSentAway: boolean;
    }
  | { readonly type: 'closed'; readonly server: Process; readonly client: Process }
  | { readonly type: 'crashed'; readonly process: Process }
  | { readonly type: 'listed'; readonly items: number }
  /** Somebody looks at the time; `down`: who does not run then. */
  | { readonly type: 'looked'; readonly nowUs: Micros; readonly down: readonly Process[] };

export interface Bounds {
  readonly placesMax: number;
  readonly seats: number;
  /** Only what was asked from then on has to be in time. */
  readonly fromUs: Micros;
  readonly rememberedUs: Micros;
  /** How long a renewal may wait when the longest list so far had so many items, and so many of its like had come before it. */
  readonly waitMaxUs: (longestList: number, ahead: number) => Micros;
}

/** The first renewal that was wronged, and how; null when there is none. */
export type Wronged =
  | { readonly what: 'sent away'; readonly asked: AskedOnce; readonly others: number }
  | { readonly what: 'late'; readonly asked: AskedOnce; readonly nowUs: Micros };

export function judgeFromScratch(evidence: readonly Evidence[], bounds: Bounds): Wronged | null {
  let longestList = 0;
  for (const [at, each] of evidence.entries()) {
    if (each.type === 'listed') longestList = Math.max(longestList, each.items);
    if (each.type !== 'asked' || !each.isRenewal) continue;
    const wronged = judgeOne(each, at, longestList, evidence, bounds);
    if (wronged !== null) return wronged;
  }
  return null;
}

/** `longestBefore`: the longest list that was shown before it was asked. */
function judgeOne(
  asked: AskedOnce,
  at: number,
  longestBefore: number,
  evidence: readonly Evidence[],
  bounds: Bounds,
): Wronged | null {
  let longestList = longestBefore;
  const ahead = openAt(at, asked.server, evidence, bounds).length;
  let isJudged = false;
  for (let position = at + 1; position < evidence.length; position++) {
    const each = evidence[position] as Evidence;
    if (each.type === 'listed') longestList = Math.max(longestList, each.items);
    if (isAnswer(each, asked)) {
      const others = each.isSentAway
        ? openAt(position, asked.server, evidence, bounds).filter((other) => other.asked !== asked).length
        : Infinity;
      return others < bounds.placesMax ? { what: 'sent away', asked, others } : null;
    }
    if (each.type === 'crashed' && each.process === asked.server) return null;
    if (
      (each.type === 'crashed' && each.process === asked.client) ||
      (each.type === 'closed' && each.server === asked.server && each.client === asked.client)
    )
      isJudged = true;
    if (each.type !== 'looked') continue;
    const isLate = each.nowUs - asked.atUs > bounds.waitMaxUs(longestList, ahead);
    if (isLate && !isJudged) {
      isJudged = true;
      const open = openAt(position, asked.server, evidence, bounds);
      const isTakenUp = open.some((other) => other.asked === asked && other.isTakenUp);
      const isExcused =
        isTakenUp || asked.atUs < bounds.fromUs || each.down.includes(asked.server) || each.down.includes(asked.client);
      if (!isExcused && open.filter(({ isInStore }) => isInStore).length < bounds.seats)
        return { what: 'late', asked, nowUs: each.nowUs };
    }
    if (each.nowUs - asked.atUs > bounds.rememberedUs) return null;
  }
  return null;
}

interface Open {
  readonly asked: AskedOnce;
  /** The store was asked about it, and has not answered. */
  readonly isInStore: boolean;
  readonly isTakenUp: boolean;
}

/** What a server has and has not answered at a place of the story, as far as anybody remembers. */
function openAt(position: number, server: Process, evidence: readonly Evidence[], { rememberedUs }: Bounds): readonly Open[] {
  const open: Open[] = [];
  for (let at = 0; at < position; at++) {
    const asked = evidence[at] as Evidence;
    if (asked.type !== 'asked' || asked.server !== server) continue;
    let [isOpen, isInStore, storeCall] = [true, false, 0];
    for (let later = at + 1; later < position && isOpen; later++) {
      const each = evidence[later] as Evidence;
      if (
        isAnswer(each, asked) ||
        (each.type === 'crashed' && each.process === server) ||
        (each.type === 'looked' && each.nowUs - asked.atUs > rememberedUs)
      )
        isOpen = false;
      else if (each.type === 'taken up' && each.server === server && each.key === asked.key && !isInStore)
        [isInStore, storeCall] = [true, each.call];
      else if (each.type === 'settled' && each.server === server && each.call === storeCall) isInStore = false;
    }
    if (isOpen) open.push({ asked, isInStore, isTakenUp: storeCall > 0 });
  }
  return open;
}

function isAnswer(each: Evidence, { server, client, call }: AskedOnce): each is Extract<Evidence, { readonly type: 'answered' }> {
  return each.type === 'answered' && each.server === server && each.client === client && each.call === call;
}

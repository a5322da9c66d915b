/** Probes of the API: what its clients are told, and what they do about it. */
import type { Kind, Monitor, Process } from '../../../../sim/index.ts';
import { leaseMethod, listMethod, statusMethod, updateMethod, watchResourcesMethod, type ListRequest, type ResourceEvent, type UpdateRequest, type WatchResourcesRequest } from '../../../api/methods.ts';
import { forgetOldest } from '../../forget-oldest.ts';
import { refusals } from '../../probe.ts';
import { Calls } from '../api/calls.ts';
import type { PlatformSight } from './sight.ts';

interface Frame<B> {
  readonly call: number;
  readonly body: B;
}

export function refusedWith({ hit }: PlatformSight, ...codes: readonly string[]): Monitor {
  return refusals(({ code }) => {
    if (codes.includes(code)) hit();
  });
}

/** Who was told that its watch cannot go on asks for a whole list. */
export function relisted({ hit }: PlatformSight): Monitor {
  const lost = new Set<Process>();
  const hearing = refusals(({ code }, _from, to) => {
    if (code === 'gone') lost.add(to);
  });
  const listKind = listMethod.request as Kind;
  return {
    hears: (kind) => kind === listKind || hearing.hears?.(kind) === true,
    sent: (from, to, kind, body) => {
      if (kind !== listKind) hearing.sent?.(from, to, kind, body);
      else if (lost.has(from) && (body as Frame<ListRequest>).body.continueFrom === undefined) hit();
    },
  };
}

/** Watches of one client: those that are open, and those that it may take up. */
const WATCHES_REMEMBERED = 64;

/** A watch is taken up where a bookmark said that nothing is missing. */
export function bookmarkUsed({ hit }: PlatformSight): Monitor {
  const itemKind = watchResourcesMethod.response as Kind;
  const watchKind = watchResourcesMethod.request as Kind;
  /** By client and watch. */
  const bookmarks = new Map<Process, Map<number, number>>();
  return {
    hears: (kind) => kind === itemKind || kind === watchKind,
    sent: (from, to, kind, body) => {
      if (kind === itemKind) {
        const { call, body: event } = body as Frame<ResourceEvent>;
        if (event.type !== 'bookmark') return;
        let own = bookmarks.get(to);
        if (own === undefined) {
          own = new Map();
          bookmarks.set(to, own);
        }
        own.set(call, event.resourceVersion);
        forgetOldest(own, WATCHES_REMEMBERED);
      } else if (kind === watchKind) {
        const { resourceVersion } = (body as Frame<WatchResourcesRequest>).body;
        for (const version of bookmarks.get(from)?.values() ?? []) if (version === resourceVersion) hit();
      }
    },
    crashed: (process) => void bookmarks.delete(process),
  };
}

interface Written {
  readonly kind: string;
  readonly name: string;
}

function named({ kind, name }: Written): string {
  return `${kind} ${name}`;
}

/** A write is refused, because its object had changed, and comes through when it is tried again. */
export function conflictOvercome({ hit }: PlatformSight): Monitor {
  const asking = new Set<Kind>([updateMethod.request, statusMethod.request, leaseMethod.request] as Kind[]);
  const answering = new Set<Kind>([updateMethod.response, statusMethod.response, leaseMethod.response] as Kind[]);
  const calls = new Calls<Written>();
  const refused = new Map<Process, Set<string>>();
  const hearing = refusals(({ code }, _from, to, call) => {
    const asked = calls.take(to, call);
    if (code === 'conflict' && asked !== undefined) refused.set(to, (refused.get(to) ?? new Set()).add(named(asked)));
  });
  return {
    hears: (kind) => asking.has(kind) || answering.has(kind) || hearing.hears?.(kind) === true,
    sent: (from, to, kind, body) => {
      if (asking.has(kind)) {
        const { call, body: { kind: what, name } } = body as Frame<UpdateRequest>;
        calls.ask(from, call, { kind: what, name });
      } else if (answering.has(kind)) {
        const asked = calls.take(to, (body as Frame<unknown>).call);
        if (asked !== undefined && refused.get(to)?.has(named(asked)) === true) hit();
      } else hearing.sent?.(from, to, kind, body);
    },
    crashed: (process) => {
      calls.crashed(process);
      refused.delete(process);
    },
  };
}

/** A list is read page by page. */
export function paged({ hit }: PlatformSight): Monitor {
  const listKind = listMethod.request as Kind;
  return {
    hears: (kind) => kind === listKind,
    sent: (_from, _to, kind, body) => {
      if (kind === listKind && (body as Frame<ListRequest>).body.continueFrom !== undefined) hit();
    },
  };
}

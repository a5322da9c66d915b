/** Probes of the API: what its clients are told, and what they do about it. */
import type { Kind, Monitor, Process } from '../../../../sim/index.ts';
import {
  leaseMethod,
  listMethod,
  statusMethod,
  updateMethod,
  watchResourcesMethod,
  type ListRequest,
} from '../../../api/methods.ts';
import { refusals } from '../../shared/probe.ts';
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
export function bookmarkUsed({ hit, calls }: PlatformSight): Monitor {
  /** Of each client, its watches with the newest bookmark of each. */
  const watches = new Map<Process, { version: number }[]>();
  calls.follow(watchResourcesMethod, {
    asked: ({ client }, { resourceVersion }) => {
      const own = watches.get(client) ?? [];
      watches.set(client, own);
      if (own.some(({ version }) => version === resourceVersion)) hit();
      const watch = { version: -1 };
      if (own.push(watch) > WATCHES_REMEMBERED) own.shift();
      return watch;
    },
    answered: (watch, event) => {
      if (event.type === 'bookmark') watch.version = event.resourceVersion;
    },
  });
  return { through: [calls], crashed: (process) => void watches.delete(process) };
}

interface Written {
  readonly kind: string;
  readonly name: string;
}

function named({ kind, name }: Written): string {
  return `${kind} ${name}`;
}

/** A write is refused, because its object had changed, and comes through when it is tried again. */
export function conflictOvercome({ hit, calls }: PlatformSight): Monitor {
  const refused = new Map<Process, Set<string>>();
  calls.followEach([updateMethod, statusMethod, leaseMethod], {
    asked: ({ client }, write: Written) => ({ client, write }),
    answered: ({ client, write }) => {
      const own = refused.get(client);
      if (own !== undefined && own.size > 0 && own.delete(named(write))) hit();
    },
    refused: ({ client, write }, { code }) => {
      if (code === 'conflict') refused.set(client, (refused.get(client) ?? new Set()).add(named(write)));
    },
  });
  return { through: [calls], crashed: (process) => void refused.delete(process) };
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

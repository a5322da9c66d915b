/** Probes of watches: what they are told, and what happens under them. */
import type { Boundary, Kind, Monitor } from '../../../../sim/index.ts';
import { stateRestoredBoundary } from '../../../store/member/entry-result.ts';
import { heldBackBoundary, watchMethod, type WatchItem } from '../../../store/member/methods.ts';
import type { Command } from '../../../store/machine/requests.ts';
import type { Sight } from '../../shared/probe.ts';

const itemKind = watchMethod.response as Kind;

/** Calls `sent` with each item that a member sends to whoever watches there. */
function items(sent: (item: WatchItem, member: number) => void): Monitor {
  return {
    hears: (kind) => kind === itemKind,
    sent: ({ index }, _to, kind, body) => {
      if (kind === itemKind) sent((body as { readonly body: WatchItem }).body, index);
    },
  };
}

/** Marks each watch when it is created, and asks of the first events it is told later than that. */
function marked<Mark>(
  mark: (item: WatchItem & { type: 'created' }, member: number) => Mark,
  events: (mark: Mark, item: WatchItem & { type: 'events' }, member: number) => void,
): Monitor {
  const marks = new Map<string, Mark>();
  return items((item, member) => {
    if (item.type === 'created') marks.set(item.watch.id, mark(item, member));
    else if (item.type === 'events') {
      const known = marks.get(item.watch.id);
      if (known !== undefined) events(known, item, member);
    } else if (item.type === 'compacted') marks.delete(item.watch.id);
  });
}

export function watchCaughtUp({ hit }: Sight): Monitor {
  return marked(
    ({ revision }) => revision,
    (createdAt, { revision }) => {
      if (revision <= createdAt) hit();
    },
  );
}

export function watchAcrossCompaction({ hit, commits }: Sight): Monitor {
  let compactions = 0;
  const listening = commits.listen(
    ({ data }) => void (compactions += (data as Command | null)?.request.kind === 'compact' ? 1 : 0),
  );
  const watching = marked(
    () => compactions,
    (before) => {
      if (compactions > before) hit();
    },
  );
  return { ...listening, ...watching };
}

export function watchAcrossRestore({ hit }: Sight): Monitor {
  const restored = new Map<number, number>();
  const watching = marked(
    (_item, member) => restored.get(member) ?? 0,
    (before, _item, member) => {
      if ((restored.get(member) ?? 0) > before) hit();
    },
  );
  return {
    ...watching,
    sees: (what) => what === (stateRestoredBoundary as Boundary),
    crossed: ({ index }, what) => {
      if (what === (stateRestoredBoundary as Boundary)) restored.set(index, (restored.get(index) ?? 0) + 1);
    },
  };
}

export function watchHeldBack({ hit }: Sight): Monitor {
  return {
    sees: (what) => what === (heldBackBoundary as Boundary),
    crossed: (_process, what) => {
      if (what === (heldBackBoundary as Boundary)) hit();
    },
  };
}

export function watchCancelled({ hit }: Sight): Monitor {
  return items(({ type }) => {
    if (type === 'compacted') hit();
  });
}

export function watchFragmented({ hit }: Sight): Monitor {
  return items((item) => {
    if (item.type === 'events' && item.fragment) hit();
  });
}

export function watchToldProgress({ hit }: Sight): Monitor {
  return items(({ type }) => {
    if (type === 'progress') hit();
  });
}

/** Probes of the storm: what must have happened to a store in some seed, else the storm is blind there. */
import { snapshotChunkKind } from '../../model/raft/host/snapshot-transfer.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../model/raft/host/state-machine.ts';
import { isWalFile, type WalRecord } from '../../model/raft/index.ts';
import { stateRestoredBoundary } from '../../model/store/member/entry-result.ts';
import type { Boundary, Monitor, Process, Property } from '../../sim/index.ts';

export const stormProbes: readonly Property[] = Object.freeze([
  probe('membership-changed', 'a change of membership is applied', membershipChanged),
  probe('chunked-snapshot-installed', 'a member restores a snapshot that came to it in chunks', chunkedSnapshotInstalled),
  probe('rejoined-under-new-id', 'a member whose disk was lost begins a log under another id', rejoinedUnderNewId),
]);

function probe(name: string, title: string, make: (hit: () => void) => Monitor): Property {
  return { id: `store/${name}`, kind: 'sometimes', title, monitor: (report) => make(() => report.hit()) };
}

function membershipChanged(hit: () => void): Monitor {
  return {
    sees: isApplied,
    crossed: (_process, what, body) => {
      if (what === (appliedBoundary as Boundary) && (body as AppliedEntry).change !== null) hit();
    },
  };
}

function chunkedSnapshotInstalled(hit: () => void): Monitor {
  /** Those that were sent a chunk since they restored a state. */
  const receiving = new Set<number>();
  return {
    hears: (kind) => kind === snapshotChunkKind,
    sent: (_from, { index }) => void receiving.add(index),
    sees: (what) => what === (stateRestoredBoundary as Boundary),
    crossed: ({ index }) => {
      if (receiving.delete(index)) hit();
    },
    // What it restores next is its own.
    started: ({ index }) => void receiving.delete(index),
  };
}

function rejoinedUnderNewId(hit: () => void): Monitor {
  const ids = new Map<number, number>();
  const emptied = new Set<number>();
  return {
    emptied: ({ index }) => void emptied.add(index),
    durable: ({ index }: Process, file, _first, records) => {
      if (!isWalFile(file)) return;
      for (const { head } of records as readonly WalRecord[]) {
        if (head === null) continue;
        const before = ids.get(index);
        ids.set(index, head.member);
        if (emptied.has(index) && before !== undefined && before !== head.member) hit();
      }
    },
  };
}

/** Probes of members: what they keep on their disks, and how they watch over it. */
import type { Boundary, Monitor } from '../../../../sim/index.ts';
import { machineFile } from '../../../raft/host/state-machine.ts';
import type { BackendRecord } from '../../../store/member/backend-record.ts';
import { corruptionCheckedBoundary } from '../../../store/member/member-corruption.ts';
import type { Sight } from '../../shared/probe.ts';

export function compactionCut({ hit }: Sight): Monitor {
  /** Members whose newest durable commit has a compaction begun and not finished. */
  const compacting = new Set<number>();
  return {
    durable: ({ index }, file, _first, records) => {
      const last = records.at(-1) as BackendRecord | undefined;
      if (file !== machineFile || last?.type !== 'batch') return;
      if (last.scheduledCompact > last.finishedCompact) compacting.add(index);
      else compacting.delete(index);
    },
    crashed: ({ index }) => {
      if (compacting.delete(index)) hit();
    },
  };
}

/** Only a reader that has found a torn record cuts a file, durably, to the records before it. */
export function backendTailCut({ hit }: Sight): Monitor {
  return {
    durable: (_process, file, first, records) => {
      if (file === machineFile && records.length === 0 && first > 0) hit();
    },
  };
}

export function hashesCompared({ hit }: Sight): Monitor {
  return {
    sees: (what) => what === (corruptionCheckedBoundary as Boundary),
    crossed: (_process, what) => {
      if (what === (corruptionCheckedBoundary as Boundary)) hit();
    },
  };
}

/** Probes of what becomes of a log on a disk. */
import type { Monitor } from '../../../../sim/index.ts';
import { isWalFile, type WalRecord } from '../../../raft/index.ts';
import type { Sight } from '../../shared/probe.ts';

export function tailReplaced({ hit }: Sight): Monitor {
  /** By process, index and term of its last durable entry. */
  const ends = new Map<number, { index: number; term: number }>();
  return {
    emptied: ({ index }) => void ends.delete(index),
    durable: ({ index }, file, _first, records) => {
      if (!isWalFile(file)) return;
      for (const { entries } of records as readonly WalRecord[]) {
        const [first] = entries;
        const last = entries.at(-1);
        if (first === undefined || last === undefined) continue;
        const end = ends.get(index);
        if (end !== undefined && first.index <= end.index && first.term > end.term) hit();
        ends.set(index, { index: last.index, term: last.term });
      }
    },
  };
}

/** Only a reader that has found a torn record cuts a file, durably, to the records before it. */
export function tornTailCut({ hit }: Sight): Monitor {
  return {
    durable: (_process, file, first, records) => {
      if (records.length === 0 && first > 0 && isWalFile(file)) hit();
    },
  };
}

/** A member that cannot write ends. */
export function diskFull({ hit }: Sight): Monitor {
  const logs = new Set<number>();
  return {
    durable: ({ index }, file) => {
      if (isWalFile(file)) logs.add(index);
    },
    crashed: ({ index, disk }, power) => {
      if (!power && disk.full && logs.has(index)) hit();
    },
  };
}

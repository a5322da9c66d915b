/** The table of docs/boundary.md: a row for each class of state on each side. */
import { stateClass, type Side, type StateClassId } from '../../model/api/state-classes.ts';
import type { Measurement, Trial } from './measure.ts';

export const tableHead: readonly string[] = [
  '| class | side | log entries | log KiB | writes outside | state KiB | entries to catch up | mean write | slowest write | regions disagree for | broken when cut |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|',
];

/** Those that `costCells` makes. */
export const COST_CELLS = 7;

export function tableRow(measurement: Measurement, trial: Trial): string {
  return `${rowStart(measurement.stateClass, measurement.side)} ${costCells(measurement)} | ${trialCells(trial)} |`;
}

/** Sides in bold are the defaults. */
export function rowStart(id: StateClassId, side: Side): string {
  return `| ${id} | ${side === stateClass(id).placement ? `**${side}**` : side} |`;
}

export function costCells({
  stateClass: id,
  entries,
  entryBytes,
  outsideWrites,
  stateBytes,
  caughtUpEntries,
  meanWriteUs,
  slowestWriteUs,
}: Measurement): string {
  return [
    entries,
    kib(entryBytes),
    outsideWrites[id],
    kib(stateBytes),
    caughtUpEntries,
    millis(meanWriteUs),
    millis(slowestWriteUs),
  ].join(' | ');
}

/** Throws when the runs served nothing, so that nothing could have broken. */
export function trialCells({ stateClass: id, side, broken, disagreementUs, serving }: Trial): string {
  if (serving === 0) throw new Error(`with ${id} ${side} nothing runs`);
  const claims = broken.length === 0 ? '–' : broken.map((id) => id.replace('platform/', '')).join(', ');
  return `${disagreementUs === 0 ? '–' : millis(disagreementUs)} | ${claims}`;
}

const kib = (bytes: number): number => Math.round(bytes / 1_024);
const millis = (us: number): string => `${Math.round(us / 1_000)} ms`;

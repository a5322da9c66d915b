/** What shrinking came to: as a JSON document, and in words. */
import type { Extent, Shrinking } from '../execution/job.ts';
import { counted } from './counted.ts';

export interface ShrinkReport {
  readonly shrinking: Shrinking;
  /** Path of the smallest recording that there is. */
  readonly recording: string;
  readonly repro: string;
}

/** The fields that scripts rely on come first. */
export function shrinkJson({ shrinking, recording, repro }: ShrinkReport): object {
  const { before, after, property, runs, interrupted } = shrinking;
  return { before, after, property, runs, recording, repro, interrupted };
}

/** The last line is the command that reproduces the failure, or the one that goes on. */
export function shrinkText({ shrinking, recording, repro }: ShrinkReport): string {
  const { before, after, property, runs, interrupted } = shrinking;
  const row = (what: keyof Extent): string =>
    `  ${what.padEnd(11)}${String(before[what]).padStart(8)}${String(after[what]).padStart(8)}`;
  return [
    `${property}: ${counted(runs, 'run')} tried${interrupted ? ', interrupted' : ''}`,
    `  ${''.padEnd(11)}${'before'.padStart(8)}${'after'.padStart(8)}`,
    row('faults'),
    row('operations'),
    row('processes'),
    row('events'),
    `  recording: ${recording}`,
    interrupted ? '  go on with:' : '  reproduce with:',
    repro,
  ].join('\n');
}

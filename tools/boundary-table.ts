// `npm run boundary-table`: puts every class of state on either side of the boundary and prints what that costs or breaks, as
// docs/boundary.md has it. The numbers are simulated: the same on every machine.
import { argv } from 'node:process';
import { stateClasses } from '../model/api/state-classes.ts';
import { measure } from '../scenarios/boundary/measure.ts';

const only = argv.slice(2);
console.log('| class | side | log entries | log KiB | writes outside | state KiB | entries to catch up | mean write | slowest write | broken by a partition |');
console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|---|');
for (const { id, placement } of stateClasses) {
  if (only.length > 0 && !only.includes(id)) continue;
  for (const side of ['consensus', 'outside'] as const) {
    const { entries, entryBytes, outsideWrites, stateBytes, caughtUpEntries, meanWriteUs, slowestWriteUs, broken } = measure(id, side);
    const name = side === placement ? `**${side}**` : side;
    const kib = (bytes: number): number => Math.round(bytes / 1_024);
    const millis = (us: number): string => `${Math.round(us / 1_000)} ms`;
    console.log(`| ${id} | ${name} | ${entries} | ${kib(entryBytes)} | ${outsideWrites} | ${kib(stateBytes)} | ${caughtUpEntries} | ${millis(meanWriteUs)} | ${millis(slowestWriteUs)} | ${broken.length === 0 ? '–' : broken.map((id) => id.replace('platform/', '')).join(', ')} |`);
  }
}

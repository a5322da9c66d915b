/**
 * `npm run boundary-table`: puts every class of state on either side of the boundary and prints what that costs or breaks.
 * With `--write` the table goes into docs/boundary.md, where tests look for it. The numbers are simulated: the same on
 * every machine, until the model changes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { stateClasses, type Side, type StateClassId } from '../model/api/state-classes.ts';
import { measure, tryWithCuts } from '../scenarios/boundary/measure.ts';
import { tableHead, tableRow } from '../scenarios/boundary/table.ts';

const DOCUMENT = new URL('../docs/boundary.md', import.meta.url);

const only = argv.slice(2).filter((word) => !word.startsWith('--'));
const rows: string[] = [];
for (const line of tableHead) console.log(line);
// Where all stands where it does by default, it is one platform.
const usual = [measure('leadership', 'consensus'), tryWithCuts('leadership', 'consensus')] as const;
for (const { id, placement } of stateClasses) {
  if (only.length > 0 && !only.includes(id)) continue;
  for (const side of ['consensus', 'outside'] as const) {
    const row = side === placement ? usualRow(id, side) : tableRow(measure(id, side), tryWithCuts(id, side));
    rows.push(row);
    console.log(row);
  }
}
if (argv.includes('--write') && only.length === 0) {
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(DOCUMENT, text.replace(/(^\|.*\n)+/m, `${[...tableHead, ...rows].join('\n')}\n`));
}

function usualRow(stateClass: StateClassId, side: Side): string {
  const [measured, trial] = usual;
  return tableRow({ ...measured, stateClass, side }, { ...trial, stateClass, side });
}

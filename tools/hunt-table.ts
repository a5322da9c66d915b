/**
 * `npm run hunt-table -- FILE`: takes what a hunt said (`quorate hunt --json > FILE`) over into
 * scenarios/hunt/measured-hunts.json, which `quorate list defects ID` shows and tests begin with. A defect that this hunt was not
 * about keeps what was measured of it before.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { defects } from '../scenarios/defects.ts';
import type { HuntRow } from '../scenarios/hunt/hunt-report.ts';
import { measuredHunt, type MeasuredHunt } from '../scenarios/hunt/measured-hunts.ts';

const TABLE = new URL('../scenarios/hunt/measured-hunts.json', import.meta.url);

const [file] = argv.slice(2);
if (file === undefined) throw new Error('npm run hunt-table -- FILE: FILE is what `quorate hunt --json` printed');
const hunt = JSON.parse(readFileSync(file, 'utf8')) as { readonly defects: readonly HuntRow[]; readonly build: string };
const rows = defects.flatMap(({ id }): readonly MeasuredHunt[] => {
  const row = hunt.defects.find((measured) => measured.id === id);
  const known = measuredHunt(id);
  if (row !== undefined) return [measured(row, hunt.build)];
  return known === undefined ? [] : [known];
});
writeFileSync(TABLE, `{\n  "hunts": [\n${rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]\n}\n`);
stdout.write(`${rows.length} of ${defects.length} defects are in the table, ${hunt.defects.length} of them by this hunt\n`);

/** Only by its own property a find shows that the property sees the defect. */
function measured({ id, property, found, trials, seedsToFind, cpuSeconds, finds }: HuntRow, build: string): MeasuredHunt {
  const own = finds.filter((find) => find.property === property).map(({ scenario, seed }) => ({ scenario, seed }));
  return { id, build, found, trials, medianSeeds: seedsToFind.median, medianCpuSeconds: cpuSeconds.median, finds: own };
}

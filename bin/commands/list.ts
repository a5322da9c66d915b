/** `quorate list`: what there is, by its names. */
import type { Command } from 'commander';
import type { MeasuredHunt } from '../../scenarios/hunt/measured-hunts.ts';
import { unknownName } from '../../scenarios/nearest.ts';
import { UsageError } from '../exit-status.ts';

interface Entry {
  /** As scripts get it; what a catalogue says beyond id and title differs. */
  readonly row: { readonly id: string; readonly title: string };
  /** What follows the title on its line, or nothing. */
  readonly note: string;
  /** What is said beside the title when it is asked for by its id: names and values. */
  readonly details: readonly (readonly [string, string])[];
}

const catalogues: Readonly<Record<string, () => Promise<readonly Entry[]>>> = {
  async scenarios() {
    const { catalogue, drawnScenarios } = await import('../../scenarios/catalogue/index.ts');
    return catalogue.map((scenario) => {
      const { name, title, challenges = null } = scenario;
      const closeUp = !drawnScenarios.includes(scenario);
      return {
        row: { id: name, title, challenges, closeUp },
        note: closeUp ? '(close-up)' : '',
        details: [
          ...(challenges === null ? [] : [['challenges', challenges] as const]),
          ['run by', closeUp ? 'hunts, and swarms that name it' : 'swarms and hunts'],
        ],
      };
    });
  },
  async properties() {
    const { judgedProperties } = await import('../../scenarios/catalogue/properties.ts');
    return judgedProperties().map(({ id, title, kind }) => ({
      row: { id, title, kind },
      note: `(${kind})`,
      details: [['kind', kind]],
    }));
  },
  async faults() {
    const { faultCatalogue } = await import('../../sim/faults/fault.ts');
    return faultCatalogue.map((fault) => {
      const fields = fault.fields.join(', ');
      return { row: { ...fault }, note: `(${fields})`, details: [['fields', fields]] };
    });
  },
  async defects() {
    const { measuredHunt } = await import('../../scenarios/hunt/measured-hunts.ts');
    const { defectsWithScenarios } = await import('../../scenarios/shown-in.ts');
    return defectsWithScenarios.map(({ defect, scenario }) => {
      const { property, source, needs } = defect;
      const hunt = measuredHunt(defect.id) ?? null;
      return {
        row: { ...defect, scenario: scenario.name, hunt },
        note: `→ ${property}`,
        details: [
          ['property', property],
          ['scenario', scenario.name],
          ...(hunt === null ? [] : [['measured', foundIn(hunt)] as const]),
          ...(needs === undefined ? [] : [['needs', JSON.stringify(needs)] as const]),
          ['source', source],
        ],
      };
    });
  },
};

/** "found in 5 of 5 hunts, median 44 seeds, 9.3 CPU s". */
function foundIn({ found, trials, medianSeeds, medianCpuSeconds }: MeasuredHunt): string {
  return `found in ${found} of ${trials} hunts${medianSeeds === null ? '' : `, median ${medianSeeds} seeds, ${medianCpuSeconds.toFixed(1)} CPU s`}`;
}

const NAMES = Object.keys(catalogues);

export function define(command: Command): void {
  command
    .argument('<catalogue>', NAMES.join(', '))
    .argument('[id...]', 'show everything known about these, one field per line')
    .option('--json', 'one JSON document on stdout')
    .action(list);
}

async function list(name: string, ids: readonly string[], options: { readonly json?: true }): Promise<void> {
  const load = Object.hasOwn(catalogues, name) ? catalogues[name] : undefined;
  if (load === undefined) throw new UsageError(`${unknownName('catalogue', name, NAMES)} (${NAMES.join(', ')})`);
  const all = await load();
  const entries = ids.length === 0 ? all : ids.map((id) => entryOf(all, id, name));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ [name]: entries.map(({ row }) => row) }, null, 2)}\n`);
    return;
  }
  process.stdout.write(ids.length === 0 ? inLines(entries) : entries.map(inDetail).join('\n'));
}

function entryOf(entries: readonly Entry[], id: string, catalogue: string): Entry {
  const found = entries.find(({ row }) => row.id === id);
  if (found === undefined)
    throw new UsageError(
      `${unknownName(
        'id',
        id,
        entries.map(({ row }) => row.id),
      )} (quorate list ${catalogue})`,
    );
  return found;
}

function inLines(entries: readonly Entry[]): string {
  const width = Math.max(...entries.map(({ row }) => row.id.length));
  return entries.map(({ row, note }) => `${row.id.padEnd(width)}  ${row.title}${note === '' ? '' : `  ${note}`}\n`).join('');
}

function inDetail({ row, details }: Entry): string {
  const fields = [['title', row.title] as const, ...details];
  const width = Math.max(...fields.map(([name]) => name.length));
  return [`${row.id}\n`, ...fields.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`)].join('');
}

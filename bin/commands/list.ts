/** `quorate list`: what there is, by its names. */
import type { Command } from 'commander';
import type { MeasuredHunt } from '../../scenarios/hunts.ts';
import { unknownName } from '../../scenarios/nearest.ts';
import { UsageError } from '../exit-status.ts';

/** One row; what a catalogue says beyond id and title differs. */
interface Row {
  readonly id: string;
  readonly title: string;
  readonly [field: string]: unknown;
}

interface Catalogue {
  readonly rows: readonly Row[];
  /** The third column, where there is one worth a line. */
  readonly note?: (row: Row) => string;
}

const catalogues: Readonly<Record<string, () => Promise<Catalogue>>> = {
  async scenarios() {
    const { catalogue, drawnScenarios } = await import('../../scenarios/catalogue/index.ts');
    return {
      rows: catalogue.map((scenario) => ({ id: scenario.name, title: scenario.title, challenges: scenario.challenges ?? null, closeUp: !drawnScenarios.includes(scenario) })),
      note: ({ closeUp }) => (closeUp === true ? 'close-up' : ''),
    };
  },
  async properties() {
    const { catalogue } = await import('../../scenarios/catalogue/index.ts');
    const { propertiesOf } = await import('../../scenarios/run-spec.ts');
    const { defaultDesign } = await import('../../model/design.ts');
    // Most scenarios are judged by the same ones, and a storm by some more.
    const all = new Map(catalogue.flatMap((scenario) => propertiesOf(scenario, defaultDesign).map((property) => [property.id, property])));
    return { rows: [...all.values()].map(({ id, title, kind }) => ({ id, title, kind })), note: ({ kind }) => String(kind) };
  },
  async faults() {
    const { faultCatalogue } = await import('../../sim/fault.ts');
    return { rows: faultCatalogue.map((fault) => ({ ...fault })), note: ({ fields }) => (fields as readonly string[]).join(', ') };
  },
  async defects() {
    const { hunts, measuredHunt } = await import('../../scenarios/hunts.ts');
    return {
      rows: hunts.map(({ defect, scenario }) => ({ ...defect, scenario: scenario.name, hunt: measuredHunt(defect.id) ?? null })),
      note: ({ property, source, needs, scenario, hunt }) => [
        `${String(property)} in ${String(scenario)}`,
        ...(hunt === null ? [] : [`hunts found it in ${foundIn(hunt as MeasuredHunt)}`]),
        ...(needs === undefined ? [] : [`needs ${JSON.stringify(needs)}`]),
        String(source),
      ].join('; '),
    };
  },
};

/** "5 of 5 trials, by 4 seeds and 1.0 s of processor's time (medians)". */
function foundIn({ found, trials, medianSeeds, medianCpuSeconds }: MeasuredHunt): string {
  return `${found} of ${trials} trials${medianSeeds === null ? '' : `, by ${medianSeeds} seeds and ${medianCpuSeconds.toFixed(1)} s of processor's time (medians)`}`;
}

const NAMES = Object.keys(catalogues);

export function define(command: Command): void {
  command
    .argument('<catalogue>', NAMES.join(', '))
    .option('--json', 'one JSON document on stdout')
    .action(list);
}

async function list(name: string, options: { readonly json?: true }): Promise<void> {
  const load = Object.hasOwn(catalogues, name) ? catalogues[name] : undefined;
  if (load === undefined) throw new UsageError(`${unknownName('catalogue', name, NAMES)} (${NAMES.join(', ')})`);
  const { rows, note } = await load();
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ [name]: rows }, null, 2)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ id }) => id.length));
  for (const row of rows) {
    const said = note?.(row) ?? '';
    process.stdout.write(`${row.id.padEnd(width)}  ${row.title}${said === '' ? '' : ` (${said})`}\n`);
  }
}

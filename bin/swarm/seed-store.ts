/**
 * Seeds that failed, kept from one swarm to the next: a file for each, in a folder for each build. Nobody ever changes a file, so
 * any number of processes may write at once, and stores are merged by copying them together.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { shownPath } from '../reading.ts';
import { makeFolders, openFolder, writeWhole } from '../writing.ts';
import { byCodeUnit } from '../../sim/index.ts';

const seedSchema = z.strictObject({
  seed: z.int().min(0),
  scenario: z.string(),
  /** What it failed at: a property, or `crashed`. */
  property: z.string(),
  defects: z.array(z.string()),
  quorate: z.string(),
  build: z.string(),
  /** How long the run was: the shorter, the sooner it is run again. */
  events: z.int(),
  message: z.string().nullable(),
  repro: z.string(),
});

/** A seed that failed once. */
export type KnownSeed = z.infer<typeof seedSchema>;

export interface SeedStoreContent {
  /** Shortest first. */
  readonly seeds: readonly KnownSeed[];
  /** Files that hold no seed: each costs a warning, and nothing else. */
  readonly damaged: readonly string[];
}

/** Of one build, scenario and property: more say nothing new. */
const KEPT_OF_EACH = 5;
const SUFFIX = '.seed.json';

export class SeedStore {
  private readonly folder: string;

  /** Throws a UsageError when nothing can be written there; `named`: how the user named it. */
  constructor(folder: string, named = `--seed-store ${folder}`) {
    this.folder = resolve(folder);
    openFolder(this.folder, named);
  }

  read(): SeedStoreContent {
    const seeds: KnownSeed[] = [];
    const damaged: string[] = [];
    for (const path of this.files()) {
      const known = readSeed(path);
      if (known === null) damaged.push(shownPath(path));
      else seeds.push(known);
    }
    return { seeds: seeds.sort(shortestFirst), damaged };
  }

  /** Keeps it, unless there are shorter ones enough of its build, scenario and property. A file appears whole or not at all. */
  keep(known: KnownSeed): void {
    const alike = this.read().seeds.filter((other) => isAlike(other, known) && other.seed !== known.seed);
    if (alike.filter((other) => shortestFirst(other, known) < 0).length >= KEPT_OF_EACH) return;
    const path = join(this.folder, fileOf(known));
    makeFolders(dirname(path));
    writeWhole(path, `${JSON.stringify(known, null, 1)}\n`);
    for (const longer of alike.slice(KEPT_OF_EACH - 1)) this.forget(longer);
  }

  forget(known: KnownSeed): void {
    const path = join(this.folder, fileOf(known));
    rmSync(path, { force: true });
    try {
      rmdirSync(dirname(path));
    } catch {
      // There are others of that build.
    }
  }

  private files(): readonly string[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(SUFFIX));
    return names.sort(byCodeUnit).map((name) => join(this.folder, name));
  }
}

/** The same seed of the same swarm has the same file, whoever writes it. */
function fileOf({ build, scenario, seed, property, defects }: KnownSeed): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([property, defects]))
    .digest('hex')
    .slice(0, 6);
  return join(build, `${scenario.replace(/[^\w.-]/g, '-')}-${seed}-${hash}${SUFFIX}`);
}

function readSeed(path: string): KnownSeed | null {
  try {
    return seedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

function isAlike(a: KnownSeed, b: KnownSeed): boolean {
  return a.build === b.build && a.scenario === b.scenario && a.property === b.property && sameDefects(a.defects, b.defects);
}

export function sameDefects(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted(byCodeUnit).join(' ') === b.toSorted(byCodeUnit).join(' ');
}

function shortestFirst(a: KnownSeed, b: KnownSeed): number {
  return a.events - b.events || a.seed - b.seed || byCodeUnit(a.scenario, b.scenario);
}

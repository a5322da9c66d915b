/**
 * Runs the platform, looks at several moments for memory that two processes share, and prints what it finds as JSON. With the
 * argument `planted`, two programs are added that do share some: then it must find that.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineScenario } from '../../scenarios/define-scenario.ts';
import { plan, runSpec } from '../../scenarios/run-spec.ts';
import { buildPlatform } from '../../model/platform.ts';
import { createRun, ms, seconds, type Co, type Os, type World } from '../../sim/index.ts';
import { SharedMemory } from './find-shared.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MOMENTS = 2;

const modules: object[] = [];
for (const folder of ['sim', 'model']) {
  for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.endsWith('.d.ts') || file.includes('testing')) continue;
    modules.push((await import(pathToFileURL(join(root, folder, file)).href)) as object);
  }
}

/**
 * The first hands the second what it counts with, by a variable outside of both. `local`: nothing
 * but the two loops holds it after that.
 */
function plant(world: World, name: string, local: boolean): void {
  let given: { count: number } | null = null;
  function* counts(own: { count: number }, os: Os): Co<void> {
    for (;;) {
      yield* os.sleep(ms(50));
      own.count++;
    }
  }
  for (const part of [1, 2]) {
    world.process({
      name: `${name}-${part}`,
      region: 'east',
      boot: (os) => ({
        start() {
          const own = given ?? { count: 0 };
          given = local && part === 2 ? null : own;
          os.spawn('count', counts(own, os));
        },
      }),
    });
  }
}

const scenario = defineScenario({
  name: 'shared-memory',
  title: 'the platform, looked into',
  design: { volumes: true },
  healAtUs: seconds(6),
  endUs: seconds(9),
  build(world, setup) {
    buildPlatform(world, setup);
    if (argv[2] !== 'planted') return;
    plant(world, 'closure', false);
    plant(world, 'generator', true);
  },
});

const memory = new SharedMemory(modules);
const spec = memory.withFrozenOptions({ ...runSpec(scenario, plan({ scenario, seed: 7 })), properties: [] });
const run = createRun(spec);
const found = new Map<string, unknown>();
let processes = 0;
for (let moment = 1; moment <= MOMENTS; moment++) {
  while (run.nowUs < (scenario.endUs * moment) / MOMENTS && run.advance(run.step + 500) === null);
  processes = run.processes.filter(({ up }) => up).length;
  for (const shared of memory.find(run)) found.set(shared.paths.join(), shared);
}
process.stdout.write(
  JSON.stringify({
    verdict: run.verdict,
    failure: run.failure?.message ?? null,
    steps: run.step,
    processes,
    looked: memory.looked,
    shared: [...found.values()],
  }),
);
memory.close();

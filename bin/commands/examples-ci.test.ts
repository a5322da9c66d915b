import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { gossipModule, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

const example = (name: string): string => readFileSync(new URL(`../../examples/ci/${name}`, import.meta.url), 'utf8');

interface Job {
  readonly spec: {
    readonly completions: number;
    readonly podFailurePolicy: {
      readonly rules: readonly { readonly action: string; readonly onExitCodes?: { readonly values: readonly number[] } }[];
    };
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
        }[];
      };
    };
  };
}

/** An `npx` that finds the built command, as the real one does where the package is installed. */
const programs = join(place.path, 'bin');
mkdirSync(programs);
const bin = fileURLToPath(new URL('../../dist/bin/quorate.js', import.meta.url));
writeFileSync(join(programs, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${bin}" "$@"\n`, { mode: 0o755 });

function pod(script: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn('sh', ['-c', script], {
    cwd: place.path,
    env: { ...process.env, ...environment, PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` },
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
}

test('the pods of the Indexed Job run each seed once between them, and their exit statuses tell a finding from a mishap', async () => {
  const { spec } = parse(example('kubernetes-indexed-job.yaml')) as Job;
  const [container] = spec.template.spec.containers;
  const environment = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  expect(environment['SHARDS']).toBe(String(spec.completions));

  place.write(
    'odd.ts',
    gossipModule({
      atTop: 'let seed = 0;',
      extra: "properties: [{ ...small, monitor: (report) => ({ stepped: () => seed === 3 && report.violated('three') }) }],",
    }).replace('build(world) {', 'build(world) { seed = world.seed;'),
  );
  // The same command, on fewer seeds of a smaller system.
  const script = (container?.args[0] ?? '').replace('quorate swarm', 'quorate swarm odd.ts').replace('--jobs 2', '--jobs 1');
  expect(script).toContain('odd.ts');
  const few = { ...environment, SEEDS: '1..9', SHARDS: '3', RESULTS: join(place.path, 'results') };
  const statuses = await Promise.all([0, 1, 2].map((index) => pod(script, { ...few, JOB_COMPLETION_INDEX: String(index) })));
  expect(statuses).toEqual([0, 0, 1]);
  const final = spec.podFailurePolicy.rules.find(({ action }) => action === 'FailIndex')?.onExitCodes?.values ?? [];
  expect(final).toContain(1);
  expect(final).not.toContain(70);

  const { json, status } = await place.json('merge', 'results');
  expect(json).toMatchObject({
    runs: 9,
    ok: 8,
    complete: true,
    failures: [{ seed: 3, recording: expect.stringMatching(/^results\/recordings\//) as string }],
  });
  expect(status).toBe(1);
});

test('the workflow has a job for every shard', () => {
  const workflow = parse(example('github-actions.yml')) as {
    readonly env: { readonly SHARDS: number };
    readonly jobs: { readonly swarm: { readonly strategy: { readonly matrix: { readonly shard: readonly number[] } } } };
  };
  const { shard } = workflow.jobs.swarm.strategy.matrix;
  expect(shard).toEqual(Array.from({ length: workflow.env.SHARDS }, (_, at) => at + 1));
});

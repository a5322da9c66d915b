import { afterAll, describe, expect, test } from 'vitest';
import { Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

/** A scenario whose controller stands in another file. */
function write(name: string, controller: string): string {
  place.write(`${name}-controller.ts`, controller);
  return place.write(
    `${name}.ts`,
    `import { defineScenario } from 'quorate';
import { asyncController, loadController } from 'quorate/async';
import { buildPlatform, platformGroups } from 'quorate/model';
import { ms, seconds } from 'quorate/sim';

const program = loadController(new URL('./${name}-controller.ts', import.meta.url));

export default defineScenario({
  name: '${name}',
  title: 'an async controller on the platform',
  healAtUs: seconds(4),
  endUs: seconds(16),
  faults: [{ at: seconds(3), do: 'kill', target: 'mine', for: ms(500) }],
  build(world, setup) {
    buildPlatform(world, setup);
    const { design, defects } = setup;
    world.process({ name: 'mine', region: 'east', boot: asyncController({ program, design, defects, apiEndpoints: platformGroups(design).api }) }, ms(50));
  },
});
`,
  );
}

const TICKING = `import type { Environment } from 'quorate/async';
export default async function main({ client, show }: Environment): Promise<void> {
  for (let looks = 1; ; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
    const { items } = await client.list('Deployment').catch(() => ({ items: [] }));
    show({ looks, seen: items.map(({ metadata }) => metadata.name) });
  }
}
`;

describe('a scenario with an async controller', () => {
  test('runs from the command line, in each process alike', async () => {
    const file = write('ticking', TICKING);
    const [first, again, other] = await Promise.all(['5', '5', '6'].map((seed) => place.json('run', file, '--seed', seed)));
    expect(first?.json).toMatchObject({ scenario: 'ticking', verdict: 'ok' });
    expect(first?.complaints).toBe('');
    expect(again?.json['digest']).toBe(first?.json['digest']);
    expect(other?.json['digest']).not.toBe(first?.json['digest']);
  });

  test('is run by a swarm, which repeats its runs in another process', async () => {
    const file = write('swarming', TICKING);
    const { json, status } = await place.json('swarm', file, '--seeds', '1..6', '--jobs', '1', '--rerun', '100');
    expect(json).toMatchObject({ runs: 6, ok: 6, failures: [], nondeterministic: [] });
    expect(status).toBe(0);
  });

  test.each([
    ['loops', 'export default async function main() { await null; for (;;); }'],
    ['never lets its promises end', 'export default async function main() { for (;;) await null; }'],
  ])('that %s ends as crashed', async (name, controller) => {
    const file = write(`${name.split(' ', 1)[0] as string}-${name.length}`, controller);
    const { json } = await place.json('run', file, '--timeout', '1500ms');
    expect(json).toMatchObject({
      verdict: 'crashed',
      crash: { message: expect.stringMatching(/^took no step for 1\.5 s: a loop without an end/) as unknown },
    });
  });

  test.each([
    [
      'is no TypeScript',
      'export default async function main() {}\nconst a: = 5;\n',
      /^quorate: bad-16-controller\.ts:2:10: Unexpected token/,
    ],
    [
      'imports a module of Node',
      "import 'node:fs';\nexport default async function main() {}\n",
      /^quorate: bad-24-controller\.ts:1:8: imports "node:fs", but a controller imports files of its own only/,
    ],
    ['exports a number', 'export default 3;\n', /^quorate: bad-16-controller\.ts:1:16: its default export is no function/],
    ['has no main function', 'export const main = 1;\n', /^quorate: bad-20-controller\.ts: has no default export/],
  ])('that %s is refused: 64', async (name, controller, message) => {
    const { status, stderr, stdout } = await place.quorate('run', write(`bad-${name.length}`, controller));
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  test('that ends by itself again and again is told of, though its runs are well', async () => {
    const file = write('weary', "export default async function main() { await fetch('http://x'); }\n");
    const reason =
      'ReferenceError: fetch is not there in a simulation: what lies outside is reached through `client` and `cloud` (weary-controller.ts:1)';
    const [run, swarm] = await Promise.all([
      place.json('run', file),
      place.quorate('swarm', file, '--seeds', '1..1', '--journal', 'journal'),
    ]);
    expect(run.json).toMatchObject({ verdict: 'ok', exits: [{ process: 'mine', reason }] });
    expect(run.status).toBe(0);
    expect(swarm.stdout).toContain('\nweary, in 1 run (the first: seed 1): mine ended by itself ');
    expect(swarm.stdout).toMatch(/ ended by itself \d+ times: ReferenceError: fetch is not there/);
    expect(swarm.status).toBe(0);
    expect((await place.json('merge', 'journal')).json['exits']).toMatchObject([
      { scenario: 'weary', process: 'mine', runs: 1, reason },
    ]);
  });

  test('is another one when a file of its controller has changed: its recordings say so', async () => {
    const file = write('failing', TICKING);
    const goal = `properties: [{ id: 'my/goal', kind: 'eventually', title: 'never', monitor: () => ({ pending: () => 'the impossible' }) }],`;
    place.write(file, place.read(file).replace('  build(world', `  ${goal}\n  build(world`));
    const { json } = await place.json('run', file);
    expect(json).toMatchObject({ verdict: 'stalled' });
    const recording = json['recording'] as string;
    expect((await place.json('replay', recording, '--verify')).json).toMatchObject({ identical: true });
    place.write('failing-controller.ts', `${TICKING}// Changed.\n`);
    const { status, stderr } = await place.quorate('replay', recording, '--verify');
    expect(stderr).toContain('userFile');
    expect(status).toBe(64);
  });
});

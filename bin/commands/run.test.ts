import { afterAll, describe, expect, test } from 'vitest';
import { readRecording } from '../../replay/read-recording.ts';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('run', () => {
  test('of a scenario of the catalogue tells what scripts rely on, the same at every time and another for another seed', async () => {
    const [first, again, other] = await Promise.all([
      place.json('run', 'pause-the-leader', '--seed', '7'),
      place.json('run', 'pause-the-leader', '--seed', '7'),
      place.json('run', 'pause-the-leader', '--seed', '8'),
    ]);
    expect(first.json).toMatchObject({ scenario: 'pause-the-leader', seed: 7, verdict: 'ok', violation: null, recording: null });
    expect(first.json['digest']).toMatch(/^[0-9a-f]{16}$/);
    for (const field of ['events', 'simulatedUs', 'wallMs']) expect(first.json[field]).toEqual(expect.any(Number));
    expect(first.json['repro']).toBe('npx quorate run pause-the-leader --seed 7');
    expect(again.json['digest']).toBe(first.json['digest']);
    expect(other.json['digest']).not.toBe(first.json['digest']);
    expect(first.status).toBe(0);
    // On a machine that has other things to do it may take long enough for a line of progress.
    expect(first.stderr).toMatch(/^(pause-the-leader, seed 7 .*s simulated.*\n)*$/);
    // A clean run leaves nothing behind.
    expect(place.has('recordings')).toBe(false);
  });

  test('accounts for what of each class of state went through consensus and what was kept outside, where the design places it', async () => {
    const line = (json: Record<string, unknown>, stateClass: string): unknown =>
      (json['boundary'] as readonly { readonly stateClass: string }[]).find((each) => each.stateClass === stateClass);
    place.write('blobs-inside.yaml', 'placements:\n  status-blobs: consensus\n');
    const [{ json }, across, words, usual] = await Promise.all([
      place.json('run', 'steady', '--until', '6s'),
      place.json('run', 'steady', '--until', '6s', '--design', 'blobs-inside.yaml'),
      place.quorate('run', 'steady', '--until', '6s', '--boundary'),
      place.quorate('run', 'steady', '--until', '1s'),
    ]);
    const inside = {
      side: 'consensus',
      entries: expect.any(Number) as number,
      entryBytes: expect.any(Number) as number,
      outsideWrites: 0,
      outsideBytes: 0,
    };
    expect(line(json, 'leadership')).toEqual({ stateClass: 'leadership', ...inside });
    expect(line(json, 'status-blobs')).toMatchObject({ side: 'outside', entries: 0, entryBytes: 0 });
    expect((line(json, 'status-blobs') as { readonly outsideBytes: number }).outsideBytes).toBeGreaterThan(10_000);
    expect(line(across.json, 'status-blobs')).toMatchObject({ side: 'consensus', outsideWrites: 0 });
    expect((line(across.json, 'status-blobs') as { readonly entries: number }).entries).toBeGreaterThan(10);
    expect(words.stdout).toMatch(/^ {4}class of state {7}stands {5}log entries {5}KiB writes outside {5}KiB$/m);
    expect(words.stdout).toMatch(/^ {4}leadership {11}consensus +\d+ +\d+\.\d$/m);
    expect(usual.stdout).not.toContain('class of state');
    // Who has no store has written nothing.
    const file = place.write('gossip-only.ts', gossipModule());
    expect((await place.json('run', file)).json['boundary']).toEqual([]);
    expect((await place.quorate('run', file, '--boundary')).stdout).toContain('nothing was written of any class of state');
  });

  test('that violates a property writes a recording, and its last line reproduces it', async () => {
    const file = place.write('loud.ts', gossipModule({ limit: 20 }));
    const { json, status } = await place.json('run', file, '--seed', '5', '--output', 'failed/here');
    expect(status).toBe(1);
    expect(json).toMatchObject({
      scenario: 'gossip',
      seed: 5,
      verdict: 'violation',
      violation: { property: 'my/small', kind: 'always', message: 'rumour 21' },
      repro: 'npx quorate run loud.ts --seed 5',
    });
    const recording = readRecording(place.read(json['recording'] as string));
    expect(recording).toMatchObject({
      scenario: 'gossip',
      seed: 5,
      digest: json['digest'],
      steps: json['events'],
      violation: json['violation'],
    });

    const words = await place.quorate('run', file, '--seed', '5', '--output', 'failed/here');
    expect(words.status).toBe(1);
    expect(words.stdout.trimEnd().split('\n').at(-1)).toBe('npx quorate run loud.ts --seed 5');
    expect(words.stdout).toContain('my/small (always) at step');
    expect(words.stdout).toMatch(
      /^ {4}design: as it is by default\n {4}operations: 9: .*\n {4}faults: \d+ until .* judged until/m,
    );
  });

  test('that does not reach a goal is stalled: 2', async () => {
    const goal = `{ id: 'my/goal', kind: 'eventually', title: 'never', monitor: () => ({ pending: () => 'the impossible' }) }`;
    const file = place.write('stalled.ts', gossipModule().replace('properties: [small]', `properties: [small, ${goal}]`));
    const { json, status } = await place.json('run', file);
    expect(status).toBe(2);
    expect(json).toMatchObject({
      verdict: 'stalled',
      violation: { property: 'my/goal', kind: 'eventually', message: 'the impossible' },
    });
    expect(json['waiting']).toMatchObject([{ property: 'my/goal', waitsFor: 'the impossible' }]);
    expect(json['recording']).toEqual(expect.any(String));
    expect(json['drawn']).toEqual(expect.arrayContaining(['design: as it is by default']));
    expect((await place.quorate('run', file)).stdout).toMatch(
      /still waiting for \(and unchanged since\):\n {4}1\.\d+ s {2}my\/goal: the impossible/,
    );
  });

  test('that ends early is undecided: 4', async () => {
    const { json, status } = await place.json('run', 'steady', '--until', '500ms');
    expect(status).toBe(4);
    expect(json).toMatchObject({ verdict: 'undecided', violation: null });
    expect(json['simulatedUs']).toBeLessThanOrEqual(500_000);
  });

  test('takes a design from a file, and says so in the command that reproduces', async () => {
    place.write('three.yaml', 'storeMembers: 3\nleaseDuration: 2500ms\n');
    const { json, status } = await place.json('run', 'steady', '--design', 'three.yaml', '--until', '2s');
    const usual = await place.json('run', 'steady', '--until', '2s');
    expect(status).toBe(4);
    expect(json['repro']).toBe('npx quorate run steady --seed 1 --design three.yaml --until 2s');
    expect(json['digest']).not.toBe(usual.json['digest']);
  });

  test('refuses a wrong design with file, line and column', async () => {
    const file = place.write('design.yaml', 'storeMembrs: 3\n');
    const { status, stderr } = await place.quorate('run', 'steady', '--design', file);
    expect(stderr).toBe('quorate: design.yaml:1:1: a design has no field "storeMembrs"; did you mean "storeMembers"?\n');
    expect(status).toBe(64);
  });

  test('that is interrupted keeps what it has: 130', async () => {
    const text = gossipModule({ limit: 1e15 });
    const file = place.write('long.ts', text.replace('seconds(1)', 'seconds(80_000)').replace('seconds(2)', 'seconds(90_000)'));
    let interrupted = false;
    const { status, stdout } = await quorate(['run', file, '--json'], {
      cwd: place.path,
      onStderr: (text, kill) => {
        // Its first line of progress.
        if (interrupted || !/ \d{4,} events/.test(text)) return;
        interrupted = true;
        kill('SIGINT');
      },
    });
    expect(status).toBe(130);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ verdict: 'undecided', interrupted: true });
    expect(report['events']).toBeGreaterThan(1_000);
    expect(report['simulatedUs']).toBeLessThan(80_000_000_000);
  });
});

describe("a file of the user's own", () => {
  test('is loaded as JavaScript too', async () => {
    const file = place.write(
      'plain.mjs',
      gossipModule()
        .replace('type Property', '')
        .replaceAll(/: Property|: void|<number>|<null>| as const| as (?:number|string)/g, ''),
    );
    expect((await place.json('run', file)).json).toMatchObject({ verdict: 'ok' });
  });

  test('may import other files of its own', async () => {
    place.write('limit.ts', 'export const limit: number = 10;\n');
    const text = gossipModule({ atTop: "import { limit } from './limit.ts';" }).replace('> 1000000', '> limit');
    expect((await place.json('run', place.write('split.ts', text))).json).toMatchObject({ verdict: 'violation' });
  });

  test.each([
    ['throws in a process', { onRumour: "if (heard > 3) throw new Error('my mistake');" }, /^my mistake$/],
    ['throws when it is loaded', { atTop: "throw new Error('my mistake');" }, /^my mistake$/],
    ['throws when its faults are drawn', { extra: "faults: () => { throw new Error('my mistake'); }," }, /^my mistake$/],
    ['builds with a promise', { extra: 'async build() {},' }, /^build: it returns a promise, but a simulation awaits nothing/],
    [
      'waits for ever when it is loaded',
      { atTop: 'await new Promise(() => undefined);' },
      /^took no step for 1\.5 s: .* a promise that nothing settles\?/,
    ],
    ['throws in its build', { extra: "build() { throw new Error('my mistake'); }," }, /^my mistake$/],
    [
      'throws in a property',
      { extra: "properties: [{ ...small, monitor: () => ({ stepped() { throw new Error('my mistake'); } }) }]," },
      /^my mistake$/,
    ],
    ['asks the wall clock', { onRumour: 'Date.now();' }, /^Date was used inside a simulation|^Date\.now was used/],
    ['loops in a process', { onRumour: 'if (heard > 3) for (;;);' }, /^took no step for 1\.5 s: a loop without an end/],
    ['loops when it is loaded', { atTop: 'for (;;);' }, /^took no step for 1\.5 s: a loop without an end/],
    ['ends the process', { onRumour: 'process.exit(0);' }, /ended its thread/],
  ])('that %s ends as crashed, with its seed and none but its own frames', async (_name, options, message) => {
    const file = place.write(`crash-${Math.abs(_name.length * 31 + _name.charCodeAt(3))}.ts`, gossipModule(options));
    const { json, status } = await place.json(
      'run',
      file,
      '--seed',
      '12',
      '--timeout',
      _name.startsWith('loops') || _name.startsWith('waits') ? '1500ms' : '30s',
    );
    expect(json).toMatchObject({ seed: 12, verdict: 'crashed', violation: null });
    const crash = json['crash'] as { message: string; trace: string };
    expect(crash.message).toMatch(message);
    for (const frame of crash.trace.split('\n').filter((line) => /^ +at /.test(line))) expect(frame).toContain(file);
    expect(json['repro']).toBe(`npx quorate run ${file} --seed 12`);
    expect(status).toBe(1);
  });

  test.each([
    ['has no default export', 'export const scenario = 1;\n', /^quorate: bad-21\.ts: its default export is not a scenario/],
    [
      'exports a promise by default',
      'export default Promise.resolve();\n',
      /^quorate: bad-28\.ts: its default export is not a scenario but a promise/,
    ],
    [
      'exports what only looks like a scenario',
      "export default { type: 'scenario' };\n",
      /^quorate: bad-39\.ts: name: "undefined" should be lower-case/,
    ],
    [
      'has a client that there is not',
      "import { defineScenario } from 'quorate';\nexport default defineScenario({ name: 'mine', title: 'mine', healAtUs: 1, endUs: 2, workload: [{ at: 0, client: 'operator-9', operation: 'read', arguments: { name: 'web' } }] });\n",
      /^quorate: bad-30\.ts: workload\[0\]\.client: no operator is called "operator-9"; did you mean "operator-1"\?/,
    ],
    [
      'draws a fault that there is not',
      gossipModule({ extra: "faults: () => [{ at: 1, do: 'pauze', target: 'b' }]," }),
      /^quorate: bad-31\.ts: faults\[0\]\.do: no fault is called "pauze"; did you mean "pause"\?$/m,
    ],
    [
      'draws its faults by chance',
      gossipModule({ extra: "faults: () => [{ at: Math.floor(Math.random() * 500), do: 'pause', target: 'b' }]," }),
      /^quorate: bad-26\.ts: faults: Math\.random was used: nothing but the seed may decide/m,
    ],
    [
      'strikes a role that nobody has named',
      gossipModule({ extra: "faults: [{ at: 1, do: 'pause', target: 'role:boss' }]," }),
      /^quorate: bad-36\.ts: faults\[0\] \(pause\): no role is called "boss"$/m,
    ],
    [
      'tells somebody else than its processes what to do',
      gossipModule({ extra: "workload: [{ at: 0, client: 'c', operation: 'sing', arguments: {} }]," }),
      /^quorate: bad-49\.ts: workload\[0\]\.client: no process is called "c"; did you mean "a"\?$/m,
    ],
    [
      'has a platform of its own with an operation that there is not',
      "import { defineScenario } from 'quorate';\nimport { buildPlatform } from 'quorate/model';\nexport default defineScenario({ name: 'mine', title: 'mine', healAtUs: 1, endUs: 2, build: buildPlatform, workload: [{ at: 0, client: 'operator-1', operation: 'remove', arguments: { name: 'web' } }] });\n",
      /^quorate: bad-61\.ts: workload\[0\]\.operation: no operation is called "remove"/,
    ],
    [
      'calls itself by a wrong name',
      "import { defineScenario } from 'quorate';\nexport default defineScenario({ name: 'globalThis', title: 'mine', healAtUs: 1, endUs: 2 });\n",
      /^quorate: bad-28\.ts: name: "globalThis" should be lower-case words with hyphens$/m,
    ],
    ['is no TypeScript', '\nconst a: = 5;\n', /^quorate: bad-16\.ts:2:10: /],
    ['is no TypeScript that Node can strip', 'enum A { B }\n', /^quorate: bad-36\.ts:1:1: TypeScript enum is not supported/],
    [
      'imports what is not there',
      "import './nothing.ts';\nexport default 1;\n",
      /^quorate: bad-25\.ts: imports "\.\/nothing\.ts", but there is no such file$/m,
    ],
    ['imports a package that is not there', "import 'not-there';\nexport default 1;\n", /Cannot find package 'not-there'/],
  ])('that %s is refused: 64', async (name, text, message) => {
    const file = place.write(`bad-${name.length}.ts`, text);
    const { status, stderr, stdout } = await place.quorate('run', file);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  test('does not spoil the JSON document with what it prints', async () => {
    const file = place.write('talks.ts', gossipModule({ atTop: "console.log('hello');" }));
    const { json, stderr } = await place.json('run', file);
    expect(json).toMatchObject({ verdict: 'ok' });
    expect(stderr).toContain('hello');
  });
});

describe('a declarative scenario', () => {
  const yaml = `name: my-pause
title: the leader is paused
healAt: 6s
end: 30s
design:
  leaseDuration: 2500ms
faults:
  - at: 3s
    do: pause
    target: role:deployer-leader
    for: 1500ms
  - { at: 4s, do: delay, from: 'store-*', to: '*', by: 20ms, for: 1s }
`;

  test('runs the platform under its plan, the same from YAML and from JSON', async () => {
    const fromYaml = await place.json('run', place.write('pause.yaml', yaml), '--seed', '3');
    expect(fromYaml.json).toMatchObject({ scenario: 'my-pause', verdict: 'ok' });
    const json = {
      name: 'my-pause',
      healAtUs: 6_000_000,
      end: '30s',
      design: { leaseDurationUs: 2_500_000 },
      faults: [
        { at: '3s', do: 'pause', target: 'role:deployer-leader', for: '1.5s' },
        { at: '4s', do: 'delay', from: 'store-*', to: '*', byUs: 20_000, for: '1s' },
      ],
    };
    const fromJson = await place.json('run', place.write('pause.json', JSON.stringify(json)), '--seed', '3');
    expect(fromJson.json['digest']).toBe(fromYaml.json['digest']);
  });

  test('with a wrong fault name is refused with file, line and column, and leaves no folder', async () => {
    const file = place.write('wrong.yaml', yaml.replace('do: pause', 'do: puase'));
    const { status, stderr, stdout } = await place.quorate('run', file, '--output', 'wrong/one');
    expect(stderr).toBe('quorate: wrong.yaml:9:9: faults[0].do: no fault is called "puase"; did you mean "pause"?\n');
    expect(place.has('wrong')).toBe(false);
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });
});

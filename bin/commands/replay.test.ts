import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../replay/base64.ts';
import { readRecording } from '../../replay/read-recording.ts';
import type { Recording } from '../../replay/recording.ts';
import { gossipModule, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

let path = '';
let recording: Recording;

beforeAll(async () => {
  const { json } = await place.json('run', place.write('gossip.ts', gossipModule({ limit: 150 })), '--seed', '4');
  path = json['recording'] as string;
  recording = readRecording(place.read(path));
});

/** Writes a recording that differs from the intact one. */
function edited(change: Partial<Record<keyof Recording, unknown>>): string {
  const name = 'recordings/edited.quorate.json';
  writeFileSync(join(place.path, name), JSON.stringify({ ...recording, ...change }));
  return name;
}

function withByteChanged(step: number): Partial<Recording> {
  const bytes = decodeBase64(recording.digestBytes) as Uint8Array;
  bytes[step - 1] = (bytes[step - 1] as number) ^ 4;
  return { digestBytes: encodeBase64(bytes) };
}

describe('replay --verify', () => {
  test('finds a recording identical: 0', async () => {
    const { json, status, complaints } = await place.json('replay', path, '--verify');
    expect(complaints).toBe('');
    expect(json).toMatchObject({ identical: true, steps: recording.steps, digest: recording.digest, firstDifference: null });
    expect(status).toBe(0);
  });

  test('names the step whose digest byte was changed: 3', async () => {
    const { json, status } = await place.json('replay', edited(withByteChanged(77)), '--verify');
    expect(json).toMatchObject({ identical: false, firstDifference: { step: 77, what: 'digest' } });
    expect(status).toBe(3);
    const words = await place.quorate('replay', edited(withByteChanged(77)), '--verify');
    expect(words.stdout).toContain('differs at step 77');
    expect(words.status).toBe(3);
  });

  test.each<[string, Partial<Record<keyof Recording, unknown>>]>([
    ['faults', { faults: [] }],
    ['workload', { workload: [] }],
    ['seed', { seed: 5 }],
  ])('refuses edited %s, by name: 64', async (field, change) => {
    const { status, stderr, stdout } = await place.quorate('replay', edited(change), '--verify');
    expect(stderr).toMatch(new RegExp(`^quorate: .*edited\\.quorate\\.json: ${field} was edited since it was recorded`));
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });

  test.each<[string, Partial<Record<keyof Recording, unknown>>]>([
    ['design.storeMembers: should be 3, 5 or 7', { design: {} }],
    ['workload[0]: "client" is missing', { workload: [{ at: 1, operation: 'read', arguments: { name: 'web' } }] }],
    [
      'faults[0].at: all faults are over from healAt on, which is 1.000000 s: should be before',
      { faults: [{ at: 1_000_000, do: 'pause', target: 'b' }] },
    ],
    ['defects: no defect is called "no-fencin"; did you mean "no-fencing"? (quorate list defects)', { defects: ['no-fencin'] }],
    ['endUs: should be later than healAtUs', { endUs: 1 }],
    ['there is no field "colour" here', { colour: 'blue' } as object],
    ['topology: is missing', { topology: undefined }],
  ])('refuses edits that cannot be run (%s): 64', async (message, change) => {
    for (const options of [[], ['--verify']]) {
      const { status, stderr, stdout } = await place.quorate('replay', edited(change), ...options);
      expect(stderr).toContain(`recordings/edited.quorate.json: ${message.startsWith('there') ? 'damaged: ' : ''}${message}`);
      expect(stderr.trimEnd()).not.toContain('\n');
      expect(stdout).toBe('');
      expect(status).toBe(64);
    }
  });

  test('says so when another build recorded it: 4', async () => {
    const { json, status } = await place.json('replay', edited({ build: '0123456789abcdef' }), '--verify');
    expect(json).toMatchObject({ identical: true, sameBuild: false });
    expect(status).toBe(4);
    const words = await place.quorate('replay', edited({ build: '0123456789abcdef', ...withByteChanged(9) }), '--verify');
    expect(words.stdout).toContain('recorded by another build');
    expect(words.status).toBe(4);
  });

  test("refuses a user's file that was changed since: 64", async () => {
    const other = new Workplace();
    const { json } = await other.json('run', other.write('mine.ts', gossipModule({ limit: 50 })), '--seed', '4');
    other.write('mine.ts', gossipModule({ limit: 51 }));
    const { status, stderr } = await other.quorate('replay', json['recording'] as string, '--verify');
    expect(stderr).toContain('userFile was edited since it was recorded');
    expect(status).toBe(64);
    other.remove();
  });
});

describe('replay', () => {
  test('repeats the run, its verdict and its exit status', async () => {
    const { json, status, complaints } = await place.json('replay', path);
    expect(json).toMatchObject({ verdict: 'violation', digest: recording.digest, violation: recording.violation, edited: [] });
    expect(json['repro']).toBe(`npx quorate replay ${path}`);
    expect(complaints).toBe('');
    expect(status).toBe(1);
  });

  test.each([
    ['replay', [], 1],
    ['replay', ['--to', '4'], 4],
    ['explain', ['--budget', '0'], 4],
    ['shrink', ['--output', 'small'], 4],
    ['pin', ['--output', 'old.test.ts'], 4],
  ] as const)('and %s %j say so when another build recorded it: a verdict, or %d', async (command, options, expected) => {
    const { status, complaints } = await place.quorate(command, edited({ build: '0123456789abcdef' }), ...options);
    expect(complaints).toMatch(
      /^quorate: recordings\/edited\.quorate\.json: recorded by another build \(Quorate \S+, 0123456789abcdef\): .*\n$/,
    );
    expect(status).toBe(expected);
  });

  test('runs edited inputs as a new run, and says so', async () => {
    const { json, status, stderr } = await place.json('replay', edited({ faults: [], endUs: 1_100_000 }));
    expect(json).toMatchObject({ verdict: 'violation', edited: ['faults', 'endUs'] });
    expect(json['digest']).not.toBe(recording.digest);
    expect(stderr).toContain('faults, endUs edited since it was recorded');
    expect(status).toBe(1);
  });

  test('records an edited run where it is told to', async () => {
    const { json } = await place.json('replay', edited({ faults: [] }), '--output', 'new');
    const written = json['recording'] as string;
    expect(written).toMatch(/^new\/gossip-4-[0-9a-f]{6}\.quorate\.json$/);
    expect((await place.quorate('replay', written, '--verify')).status).toBe(0);
  });

  test('shows one step and the state of every process after it', async () => {
    const { json, status } = await place.json('replay', path, '--to', '40');
    expect(json).toMatchObject({ step: 40, event: { process: expect.stringMatching(/^[ab]$/) as string } });
    expect((json['processes'] as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(status).toBe(0);
    const words = await place.quorate('replay', path, '--to', '40');
    expect(words.stdout).toMatch(/^ {2}a: up, incarnation 1, \d+ waiting\n {4}heard: \d+$/m);
    expect(words.stdout).toContain(`gossip, seed 4: step 40, `);
  });

  test('shows the violation at the last step', async () => {
    const { json } = await place.json('replay', path, '--to', String(recording.steps));
    expect(json).toMatchObject({ verdict: 'violation', violation: recording.violation, digest: recording.digest });
  });

  test.each([
    ['a step beyond the end', ['--to', '1000000'], /^quorate: --to 1000000: the run ends after \d+ steps$/],
    ['a step that is none', ['--to', 'end'], /^quorate: --to end: should be an integer, 0 or more$/],
    ['both a step and a verification', ['--to', '4', '--verify'], /^quorate: --verify and --to exclude each other/],
  ])('refuses %s', async (_name, options, message) => {
    const { status, stderr } = await place.quorate('replay', path, ...options);
    expect(stderr.trimEnd()).toMatch(message);
    expect(status).toBe(64);
  });

  test.each<[string, () => string, string]>([
    ['a truncated recording', () => JSON.stringify(recording).slice(0, 700), 'damaged: it ends in the middle'],
    [
      'a recording of a newer format',
      () => JSON.stringify({ ...recording, format: 2, quorate: '9.0.0' }),
      'format 2, written by Quorate 9.0.0, is newer than this version reads (format 1)',
    ],
    [
      'a recording of an older format',
      () => JSON.stringify({ ...recording, format: 0, quorate: '0.0.1' }),
      'format 0, written by Quorate 0.0.1, is older',
    ],
    ['a foreign file', () => '{"name": "something"}', 'not a recording of Quorate'],
    ['an empty file', () => '', 'not a recording of Quorate'],
    [
      'a recording of a scenario that is gone',
      () => JSON.stringify({ ...recording, scenario: 'pause-the-ladder', userFile: null }),
      'no scenario is called "pause-the-ladder"; did you mean "pause-the-leader"?',
    ],
  ])('refuses %s in one line: 64', async (_name, text, message) => {
    place.write('bad.quorate.json', text());
    const { status, stderr, stdout } = await place.quorate('replay', 'bad.quorate.json');
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });
});

test('a plan that strikes what is not there is refused, and leaves no folder: 64', async () => {
  const { json } = await place.json('run', place.write('short.yaml', 'name: short\nhealAt: 1s\nend: 1100ms\n'));
  const stalled = readRecording(place.read(json['recording'] as string));
  const bad = edited({ ...stalled, faults: [{ at: 1, do: 'pause', target: 'store-1' }] });
  const { status, stderr } = await place.quorate('replay', bad, '--output', 'refused');
  expect(place.has('refused')).toBe(false);
  expect(stderr).toMatch(/^quorate: recordings\/edited\.quorate\.json: the recording cannot be run: faults\[0\] \(pause\): /m);
  expect(status).toBe(64);
});

test('a recording of a declarative scenario needs its file no more', async () => {
  const yaml = 'name: brief\nhealAt: 1s\nend: 1100ms\nfaults:\n  - { at: 500ms, do: crash, target: "store-*" }\n';
  const { json, status } = await place.json('run', place.write('brief.yaml', yaml), '--seed', '2');
  expect(json).toMatchObject({ scenario: 'brief', verdict: 'stalled' });
  expect(status).toBe(2);
  place.write('brief.yaml', 'gone');
  const verified = await place.json('replay', json['recording'] as string, '--verify');
  expect(verified.json).toMatchObject({ identical: true, digest: json['digest'] });
  expect(verified.status).toBe(0);
});

import { lstatSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Recording } from '../../replay/recording.ts';
import { gossipModule, Workplace } from '../testing/spawn-quorate.ts';

// Most tests start the command several times.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const place = new Workplace();
let file: string;
let recording: Recording;

beforeAll(async () => {
  const { json } = await place.json(
    'run',
    'drop-acknowledgements',
    '--seed',
    '1',
    '--defect',
    'ack-before-commit',
    '--output',
    'kept',
  );
  file = json['recording'] as string;
  recording = JSON.parse(place.read(file)) as Recording;
});

afterAll(() => place.remove());

test('the page stands beside its recording, holds it and the engine, and is small enough to be sent around', async () => {
  const { status, json } = await place.json('export', file, '--format', 'html', '--no-explanation');
  expect(status).toBe(0);
  const page = file.replace('.quorate.json', '.html');
  expect(json).toMatchObject({ format: 'html', recording: file, file: page, sameBuild: true });
  const text = place.read(page);
  expect(json['bytes']).toBe(Buffer.byteLength(text));
  expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
  expect(text).toContain(recording.digestBytes);
  expect(text).toContain("default-src 'none'");
  expect(text).not.toMatch(/(?:src|href)="(?!data:)/);
});

test('--output names a file or a folder', async () => {
  expect((await place.quorate('export', file, '--format', 'html', '--no-explanation', '--output', 'mine.html')).stdout).toMatch(
    /^mine\.html: \d\.\d\d MB, opens in any browser, needs no network\n$/,
  );
  expect((await place.json('export', file, '--format', 'html', '--no-explanation', '--output', '.')).json['file']).toBe(
    file.replace('kept/', '').replace('.quorate.json', '.html'),
  );
  const nowhere = await place.quorate('export', file, '--format', 'html', '--no-explanation', '--output', 'no/such/folder.html');
  expect(nowhere).toMatchObject({ status: 64, stderr: 'quorate: --output no/such/folder.html: cannot be written (ENOENT)\n' });
});

test('a link that --output names stays one, and what it leads to is written', async () => {
  place.write('real.edn', 'old');
  symlinkSync('real.edn', join(place.path, 'link.edn'));
  expect((await place.quorate('export', file, '--format', 'edn', '--output', 'link.edn')).status).toBe(0);
  expect(lstatSync(join(place.path, 'link.edn')).isSymbolicLink()).toBe(true);
  expect(place.read('real.edn')).toContain(':type :invoke');
});

test("a recording of code of the user's own is refused with the reason", async () => {
  place.write('gossip.ts', gossipModule({ limit: 5 }));
  const { json } = await place.json('run', './gossip.ts', '--seed', '1', '--output', '.');
  const { status, stderr } = await place.quorate('export', json['recording'] as string, '--format', 'html', '--no-explanation');
  expect(status).toBe(64);
  expect(stderr).toMatch(
    /^quorate: gossip-1-\w+\.quorate\.json: its scenario is code of your own \(gossip\.ts\), which the page cannot execute: look at it with quorate step .*\n$/,
  );
});

test('an edited recording has nothing to be held against', async () => {
  place.write('edited.quorate.json', JSON.stringify({ ...recording, seed: 2 }));
  const { status, stderr } = await place.quorate('export', 'edited.quorate.json', '--format', 'html', '--no-explanation');
  expect([status, stderr]).toEqual([
    64,
    'quorate: edited.quorate.json: seed was edited since it was recorded: replay it with --output, and export the new recording\n',
  ]);
});

test('a recording of another build is exported, and that is said', async () => {
  place.write('old.quorate.json', JSON.stringify({ ...recording, build: '0'.repeat(16) }));
  const { status, stdout } = await place.quorate('export', 'old.quorate.json', '--format', 'html', '--no-explanation');
  expect(status).toBe(4);
  expect(stdout).toContain('recorded by another build');
});

test('with the explanation it is told what it hung on', async () => {
  expect((await place.quorate('export', file, '--format', 'html', '--budget', '0', '--output', 'told.html')).status).toBe(0);
  expect(place.read('told.html')).toMatch(/"explanation":\{"violation":/);
  expect(await place.quorate('export', file, '--format', 'html', '--budget', 'x')).toMatchObject({
    status: 64,
    stderr: 'quorate: --budget x: should be an integer, 0 or more\n',
  });
});

test('perfetto: every step on the track of its process, faults and operations beside it', async () => {
  const { status, json } = await place.json('export', file, '--format', 'perfetto');
  expect(status).toBe(0);
  expect(json).toMatchObject({ format: 'perfetto', file: file.replace('.quorate.json', '.perfetto.json'), sameBuild: true });
  const { traceEvents } = JSON.parse(place.read(json['file'] as string)) as {
    readonly traceEvents: readonly {
      readonly ph: string;
      readonly cat?: string;
      readonly name: string;
      readonly args?: Record<string, unknown>;
    }[];
  };
  expect(traceEvents.filter(({ cat }) => cat === 'step')).toHaveLength(recording.steps);
  expect(traceEvents.filter(({ cat }) => cat === 'violation').map(({ name }) => name)).toEqual([recording.violation?.property]);
  expect(traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args?.['name'])).toContain('store-east-1');
});

test('shiviz: every entry has its process, a clock that counts on, and what happened', async () => {
  const { json } = await place.json('export', file, '--format', 'shiviz');
  const lines = place
    .read(json['file'] as string)
    .trimEnd()
    .split('\n');
  const counts = new Map<string, number>();
  for (const line of lines.filter((_, at) => at % 2 === 0)) {
    const [, process = '', clock = ''] = /^(\S+) (\{.*\})$/.exec(line) ?? [];
    const own = (JSON.parse(clock) as Record<string, number>)[process];
    expect(own).toBe((counts.get(process) ?? 0) + 1);
    counts.set(process, own as number);
  }
  expect(counts.get('store-east-1')).toBeGreaterThan(10);
});

test("edn: what clients asked and were told, also in code of the user's own", async () => {
  const { stdout } = await place.quorate('export', file, '--format', 'edn', '--output', 'history.edn');
  expect(stdout).toMatch(/^history\.edn: [\d.]+ [kM]B, a history as Jepsen writes it\n$/);
  const lines = place.read('history.edn').trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /^\{:index 0, :type :invoke, :process 0, :client "[a-z0-9-]+", :f :[a-z/-]+, :value \{.*\}, :time \d+\}$/,
  );
  expect(lines.filter((line) => line.includes(':type :ok') && line.includes(':client "operator-')).length).toBeGreaterThan(0);

  place.write('gossip.ts', gossipModule({ limit: 5 }));
  const own = await place.json('run', './gossip.ts', '--seed', '1', '--output', '.');
  const ended = await place.json('export', own.json['recording'] as string, '--format', 'edn', '--output', 'own.edn');
  expect([ended.status, place.read('own.edn')]).toEqual([0, '']);
});

test.each(['perfetto', 'shiviz', 'edn'])(
  "%s: what code of the user's does since it was edited is not exported as what was recorded",
  async (format) => {
    place.write('edited.ts', gossipModule({ limit: 5 }));
    const own = (await place.json('run', './edited.ts', '--seed', '1', '--output', '.')).json['recording'] as string;
    place.write('edited.ts', gossipModule({ limit: 7 }));
    const { status, stderr } = await place.quorate('export', own, '--format', format, '--output', 'edited.out');
    expect([status, stderr]).toEqual([
      64,
      `quorate: ${own}: userFile was edited since it was recorded, and makes another run: replay it with --output, and export the new recording\n`,
    ]);
    expect(place.has('edited.out')).toBe(false);
  },
);

test('a run that does not repeat itself is not exported', async () => {
  const path = place.write('other.quorate.json', JSON.stringify({ ...recording, digest: '0'.repeat(16) }));
  expect(await place.quorate('export', path, '--format', 'edn')).toMatchObject({
    status: 64,
    stderr: `quorate: ${path}: the run does not repeat itself: quorate replay ${path} --verify names the first step that differs\n`,
  });
});

test('a format that there is not, none, or no recording', async () => {
  expect(await place.quorate('export', file, '--format', 'htm')).toMatchObject({
    status: 64,
    stderr: 'quorate: --format: no format is called "htm"; did you mean "html"? (html, perfetto, shiviz, edn)\n',
  });
  expect((await place.quorate('export', file)).stderr).toBe(
    "quorate: required option '--format <format>' not specified (quorate export --help)\n",
  );
  expect(await place.quorate('export', 'none.quorate.json', '--format', 'html', '--no-explanation')).toMatchObject({
    status: 64,
    stderr: 'quorate: none.quorate.json: there is no such file\n',
  });
});

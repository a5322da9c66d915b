import { afterAll, describe, expect, test } from 'vitest';
import { gossipModule, quorate, Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

describe('step', () => {
  test('gives the timeline as one document', async () => {
    const { json, status } = await place.json('step', place.write('loud.ts', gossipModule({ limit: 20 })), '--seed', '5');
    expect(status).toBe(0);
    expect(json).toMatchObject({ scenario: 'gossip', seed: 5, verdict: 'violation', violation: { message: 'rumour 21' } });
    expect((json['events'] as unknown[]).length).toBe((json['violation'] as { step: number }).step);
  });

  test('shows a run that a program ended by throwing', async () => {
    const { json, status } = await place.json(
      'step',
      place.write('throws.ts', gossipModule({ onRumour: "if (heard > 3) throw new Error('my mistake');" })),
    );
    expect(json).toMatchObject({ verdict: 'crashed' });
    expect(status).toBe(0);
  });

  test.each([
    ['loops in a process', { onRumour: 'if (heard > 3) for (;;);' }, 'took no step for 1.5 s'],
    ['loops when it is loaded', { atTop: 'for (;;);' }, 'took no step for 1.5 s'],
    ['throws when it is loaded', { atTop: "throw new Error('my mistake');" }, 'my mistake'],
  ])("of a user's file that %s ends as crashed instead of hanging", async (name, options, message) => {
    const file = place.write(`bad-${name.length}.ts`, gossipModule(options));
    const { json, status } = await place.json(
      'step',
      file,
      '--seed',
      '12',
      '--timeout',
      name.startsWith('loops') ? '1500ms' : '30s',
    );
    expect(json).toMatchObject({ seed: 12, verdict: 'crashed', crash: { message: expect.stringContaining(message) as string } });
    expect(status).toBe(1);
  });

  test('says what speaks against a recording: another build, or what was edited', async () => {
    const loud = place.write('recorded.ts', gossipModule({ limit: 20 }));
    const { json: ran } = await place.json('run', loud, '--seed', '5', '--output', '.');
    const recording = JSON.parse(place.read(ran['recording'] as string)) as { readonly endUs: number; readonly build: string };
    const said = async (change: object): Promise<string> => {
      place.write('changed.quorate.json', JSON.stringify({ ...recording, ...change }));
      const { stderr, status } = await place.quorate('step', 'changed.quorate.json', '--json');
      expect(status).toBe(0);
      return stderr;
    };
    expect(await said({})).toBe('');
    expect(await said({ build: '0123456789abcdef' })).toMatch(
      /^quorate: changed\.quorate\.json: recorded by another build \(Quorate \S+, 0123456789abcdef\)\n$/,
    );
    expect(await said({ endUs: recording.endUs - 1 })).toBe(
      'quorate: changed.quorate.json: endUs edited since it was recorded: a new run\n',
    );
  });

  test('says in its help what becomes of code that crashes', async () => {
    const { stdout } = await place.quorate('step', '--help');
    expect(stdout.replaceAll('\n', ' ')).toContain(
      'crashes before there is anything to show, it is reported as by `quorate run`: status 1',
    );
  });

  test('that is ended by the system ends with 130', async () => {
    let sent = false;
    const { status } = await quorate(['step', 'steady'], {
      cwd: place.path,
      onStderr: (text, kill) => {
        if (!sent && text.includes('printing the timeline')) kill('SIGTERM');
        sent = true;
      },
    });
    expect(status).toBe(130);
  });

  test.each([
    [['missing.quorate.json'], 'missing.quorate.json: there is no such file'],
    [['stedy'], 'no scenario is called "stedy"; did you mean "steady"?'],
    [['--at', '99999999', '--json'], '--at 99999999: the run ends after '],
    [['--at', 'nowhere'], '--at nowhere: should be an integer, 0 or more, or violation'],
  ])('%j is refused in one line: 64', async (args, message) => {
    const { status, stdout, stderr } = await place.quorate('step', ...args);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(message)]);
    expect(stdout).toBe('');
    expect(status).toBe(64);
  });
});

import { afterAll, describe, expect, test } from 'vitest';
import { Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

interface Reviewed {
  readonly points: readonly {
    readonly id: string;
    readonly pass: boolean;
    readonly evidence: string;
    readonly setting: string;
    readonly repro: string | null;
  }[];
  readonly boundary: readonly { readonly stateClass: string; readonly side: string; readonly entries: number }[];
  readonly matrix: readonly {
    readonly scenario: string;
    readonly runs: number;
    readonly invariants: readonly { readonly property: string; readonly judged: boolean; readonly broken: number }[];
  }[];
  readonly recovery: { readonly restarts: readonly object[] };
  readonly witnesses: readonly { readonly property: string; readonly repro: string | null }[];
}

describe('review', () => {
  test('of the default design holds in all points, and its witnesses can be seen by the commands that it names', async () => {
    const { json, status } = await place.json('review', '--seeds', '1..1');
    const { points, boundary, matrix, recovery, witnesses } = json as unknown as Reviewed;
    expect([status, points.map(({ pass }) => pass)]).toEqual([0, [true, true, true, true, true, true, true]]);
    for (const { evidence, repro } of points) expect([evidence === '', repro]).toEqual([false, null]);
    expect(boundary).toHaveLength(10);
    expect(boundary.find(({ stateClass }) => stateClass === 'desired-state')).toMatchObject({ side: 'consensus' });
    expect(matrix.length).toBeGreaterThan(10);
    for (const { runs, invariants } of matrix)
      expect([runs, invariants.every(({ judged, broken }) => judged && broken === 0)]).toEqual([1, true]);
    expect(recovery.restarts).toHaveLength(2);
    expect(witnesses).toHaveLength(6);
    const { repro } = witnesses.find(({ property }) => property === 'platform/no-lost-write') ?? {};
    const seen = await place.json(...(repro as string).split(' ').slice(2));
    expect(seen).toMatchObject({ status: 1, json: { violation: { property: 'platform/no-lost-write' } } });
  });

  test('of a design without fencing fails the point about it, and its last line reproduces a run in which that did harm', async () => {
    place.write('unfenced.yaml', 'fencing: false\n');
    const { status, stdout } = await place.quorate('review', '--design', 'unfenced.yaml', '--seeds', '1..1');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Design review of unfenced.yaml\n {2}fencing: false {2}\(default: true\)\n/);
    expect(stdout).toMatch(/^desired-state +consensus +\d+ +\d+ +controllers need one authoritative target$/m);
    expect(stdout).toMatch(/^quorum-loss +1 +ok +ok +ok +ok +ok +ok\* +ok$/m);
    expect(stdout).toMatch(
      /^ {2}FAILS {2}Leases are paired with fencing or revision checks where stale actors could cause harm\.\n {9}Fencing is off, and nothing refuses an action under an older token: /m,
    );
    expect(stdout).toMatch(/^[1-6] of 7 points hold\nsee it with:\n/m);
    const last = stdout.trimEnd().split('\n').at(-1) as string;
    expect(last).toMatch(/^npx quorate run (old-leader-resumes|pause-the-leader) --seed \d+ --design unfenced.yaml$/);
    expect(await place.json(...last.split(' ').slice(2))).toMatchObject({
      status: 1,
      json: { violation: { property: 'platform/no-stale-side-effects' } },
    });
  });

  test('that is interrupted says how far it came, and judges nothing', async () => {
    const { quorate } = await import('../testing/spawn-quorate.ts');
    const { status, stdout } = await quorate(['review', '--seeds', '1..1000', '--json'], {
      cwd: place.path,
      onStderr: (text, kill) => (/ [1-9]\d*\/\d+ trials/.test(text) ? kill('SIGINT') : undefined),
    });
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ points: [], recovery: null, complete: false });
  });

  test.each([
    [['review', '--seeds', 'a'], /^quorate: --seeds a: a seed is an integer/],
    [['review', '--seeds', '1..9007199254740991'], /^quorate: --seeds 1..9007199254740991: at most 10000 seeds\n$/],
    [['review', '--jobs', '0'], /^quorate: --jobs 0: should be an integer, 1 or more\n$/],
    [['review', '--design', 'missing.yaml'], /^quorate: missing.yaml: /],
    [
      ['review', '--design', 'images-inside.yaml'],
      /^quorate: images-inside.yaml: maxObjectBytes should be at least \d+ with images-and-manifests in consensus/,
    ],
    [['review', '--design', 'misspelt.yaml'], /^quorate: misspelt.yaml:1:1: .*fencing/],
  ])('%j is refused in one line', async (args, line) => {
    place.write('images-inside.yaml', 'placements: { images-and-manifests: consensus }\n');
    place.write('misspelt.yaml', 'fensing: false\n');
    const { status, stdout, stderr } = await place.quorate(...args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

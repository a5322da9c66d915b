import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { editedInputs, FORMAT, formatRecording, hashInputs, type Recording } from '../replay/recording.ts';
import { catalogue } from '../scenarios/catalogue/index.ts';
import { plan } from '../scenarios/run-spec.ts';
import { unrestrictedPlan } from '../scenarios/swarm/swarm-plan.ts';
import { runJobHere } from './execution/run-job-here.ts';
import { planOf } from './execution/recorded-scenario.ts';
import { UsageError } from './exit-status.ts';
import { doesNotFail, loadRecording, sourceOf } from './load-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'edited.quorate.json');

/** Of a run that has taken no step. */
function recordingOf(name: string, draw = plan): Recording {
  const scenario = catalogue.find((known) => known.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  const inputs = { ...draw({ scenario, seed: 1 }), scenario: name, userFile: null, interventions: [] };
  const nothing = {
    quorate: '1.0.0',
    format: FORMAT,
    build: '0123456789abcdef',
    verdict: 'ok',
    violation: null,
    steps: 0,
    digest: '0'.repeat(16),
    digests: [],
    digestBytes: '',
  } as const;
  return { ...inputs, ...nothing, inputHashes: hashInputs(inputs) };
}

function load(recording: Recording): Promise<Recording> {
  writeFileSync(path, formatRecording(recording));
  return loadRecording(path);
}

const platforms = recordingOf('old-leader-resumes');
const stores = recordingOf('store-storm');
const read = { at: 1, operation: 'read', arguments: { name: 'web' } };

describe('what was edited in a recording is held against what a person may write', () => {
  test.each<[field: string, change: Partial<Recording>, message: string]>([
    [
      'design',
      { design: { ...platforms.design, renewDeadlineUs: 9_000_000 } },
      'design: renewDeadlineUs should be shorter than leaseDurationUs: a leader must stop before another may begin',
    ],
    ['design', { design: { ...platforms.design, storeMembers: 4 } }, 'design.storeMembers: should be 3, 5 or 7'],
    [
      'faults',
      { faults: [{ at: 50_000_000, do: 'pause', target: 'store-east-1' }] },
      'faults[0].at: all faults are over from healAt on, which is ',
    ],
    ['healAtUs', { healAtUs: 1 }, 'faults[0].at: all faults are over from healAt on, which is '],
    ['endUs', { endUs: platforms.healAtUs }, 'endUs: should be later than healAtUs'],
    ['workload', { workload: [{ ...read, client: 'nobody' }] }, 'workload[0].client: no operator is called "nobody"'],
    [
      'workload',
      { workload: [{ ...read, client: 'operator-1', operation: 'sing' }] },
      'workload[0].operation: no operation is called "sing"',
    ],
  ])('%s: %#', async (field, change, message) => {
    const edited = { ...platforms, ...change };
    expect(editedInputs(edited)).toEqual([field]);
    const error: unknown = await load(edited).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(`${path}: ${message}`);
  });

  test('an operator of the platform, and of its store, may be asked for something else', async () => {
    const workload = [
      { ...read, client: 'operator-1' },
      { at: 2, client: 'group-operator', operation: 'move-leader', arguments: { draw: 1 } },
    ];
    expect(await load({ ...platforms, workload })).toMatchObject({ workload });
  });

  test('clients of another world than the platform may be asked for what they know', async () => {
    expect(stores.workload.length).toBeGreaterThan(1);
    const workload = stores.workload.slice(1);
    expect(await load({ ...stores, workload })).toMatchObject({ workload });
    await expect(load({ ...stores, workload: [read] })).rejects.toThrow('workload[0]: "client" is missing');
  });
});

test('a recording of a search for safety alone, which ends with its faults, is read', async () => {
  const unrestricted = recordingOf('old-leader-resumes', unrestrictedPlan);
  expect(unrestricted.endUs).toBe(unrestricted.healAtUs);
  expect(await load(unrestricted)).toMatchObject({ endUs: unrestricted.endUs });
});

test.each<[string, Partial<Recording>, string]>([
  ['strikes', { faults: [{ at: 1, do: 'pause', target: 'store-1' }] }, 'faults[0] (pause): '],
  [
    "asks the user's platform for",
    { workload: [{ ...read, client: 'nobody' }] },
    'workload[0].client: no operator is called "nobody"',
  ],
])('a plan that %s what is not there is refused in the name of its recording', async (_what, change, message) => {
  const recording = { ...platforms, ...change };
  const job = {
    do: 'repeat',
    source: await sourceOf(recording, path),
    plan: planOf(recording),
    toStep: null,
    recordingFolder: folder,
  } as const;
  const contact = { progress: () => undefined, cancelled: new AbortController().signal };
  await expect(runJobHere(job, contact)).rejects.toThrow(`${path}: the recording cannot be run: ${message}`);
});

describe('a recording of a scenario in a file of its own', () => {
  const userFile = { path: '../mine.ts', kind: 'module', hash: '0123456789abcdef' } as const;
  const inputs = { ...recordingOf('steady'), userFile };
  const recording = { ...inputs, inputHashes: hashInputs(inputs) };

  test('says where it looks for that file, and what to do when it is not there', async () => {
    await expect(sourceOf(recording, path)).rejects.toThrow(
      /^.*edited\.quorate\.json: the scenario file that it was recorded with is not there: .*mine\.ts: the recording names it relative to its own folder, so move both together, or set userFile\.path in the recording to where it is now$/,
    );
  });

  test('that does not fail any more names what was edited', () => {
    const said = (changed: Recording, hash: string): string =>
      doesNotFail('a/b.json', changed, { ...userFile, hash }, 'shrink').message;
    const nothing = 'a/b.json: it does not fail here, so there is nothing to shrink';
    expect(said(recording, userFile.hash)).toBe(`${nothing} (quorate replay a/b.json --verify)`);
    expect(said(recording, 'another')).toBe(`${nothing}: since it was recorded somebody edited mine.ts`);
    expect(said({ ...recording, endUs: 7 }, 'another')).toBe(`${nothing}: since it was recorded somebody edited endUs, mine.ts`);
  });
});

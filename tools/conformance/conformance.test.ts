import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import { runCampaign, type CampaignResult } from './campaign.ts';
import { EtcdMissing, etcdVersion } from './etcd-process.ts';
import { EtcdSubject } from './etcd-subject.ts';
import { TRANSCRIPTS } from './record.ts';
import { scriptText } from './report.ts';
import { runScript, written } from './run-script.ts';
import { StoreSubject } from './store-subject.ts';
import type { Sitting, Subject } from './subject.ts';
import { readTranscript, TranscriptSubject } from './transcript.ts';

const healthy = new StoreSubject({ compat: '3.4' });
/** `!=` holds for the value of a missing key. */
const wrong = new StoreSubject({ compat: '3.4', defects: ['missing-value-differs'] });

function campaign(ours: Subject, theirs: Subject, seed: number, operations: number): Promise<CampaignResult> {
  return runCampaign({
    seed,
    operations,
    lanes: 1,
    ours,
    theirs,
    signal: new AbortController().signal,
    progress: () => undefined,
  });
}

const transcripts = readdirSync(TRANSCRIPTS)
  .sort()
  .map((name) => ({ name, transcript: readTranscript(join(TRANSCRIPTS, name)) }));

describe('what a real etcd answered, and its watches brought', () => {
  test.each(transcripts)('$name: the store says the same', async ({ transcript }) => {
    const result = await runScript(written(transcript.script), healthy, new TranscriptSubject(transcript));
    expect(result.difference).toBeNull();
    expect(result.theirs).toHaveLength(transcript.script.length);
  });

  test('a wrong rule shows', async () => {
    const differences = await Promise.all(
      transcripts.map(
        async ({ transcript }) =>
          (await runScript(written(transcript.script), wrong, new TranscriptSubject(transcript))).difference,
      ),
    );
    expect(differences.some((difference) => difference !== null)).toBe(true);
  });
});

/** Of any script that shows the wrong rule no more is needed than this. */
const shortest =
  /^\{"method":"kv\/txn","body":\{"compare":\[\{"key":"[^"]+","result":("NOT_EQUAL"|3),("range_end":"[^"]*",)?"target":"VALUE"\}\]\}\}$/;

test('random scripts find a wrong rule, and are shrunk to the one comparison that shows it', async () => {
  const { finding } = await campaign(wrong, healthy, 1, 3_000);
  expect(scriptText(finding?.script ?? [])).toEqual([expect.stringMatching(shortest)]);
  expect(finding?.difference).toMatchObject({ at: 0, where: 'answer', path: 'succeeded' });
});

/**
 * As another, but in the first script that lets time pass its machine stands still for a while,
 * and what is left of leases is gone.
 */
function lateOnce(other: Subject): Subject & { readonly wasLate: () => boolean } {
  let lateBefore = false;
  const open = async (): Promise<Sitting> => {
    const sitting = await other.open();
    let isLate = false;
    return {
      async perform(line, expected) {
        const outcome = await sitting.perform(line, expected);
        if (line.method === 'advance' && !lateBefore) lateBefore = isLate = true;
        if (!isLate) return outcome;
        const answer = line.method === 'lease/timetolive' ? { ...(outcome.answer as JsonObject), TTL: '-7' } : outcome.answer;
        return { ...outcome, answer, atMs: outcome.atMs + 4_000 };
      },
      surplus: () => sitting.surplus(),
      close: () => sitting.close(),
    };
  };
  return { name: 'late', open, wasLate: () => lateBefore };
}

test('what a machine that stood still makes of leases is asked for again, and no difference', async () => {
  const late = lateOnce(healthy);
  const { finding, unsteady } = await campaign(healthy, late, 1, 500);
  expect(late.wasLate()).toBe(true);
  expect([finding, unsteady]).toEqual([null, []]);
});

test('without an etcd one line says what to install', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--etcd', '/nowhere/etcd'], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => void (stderr += text.toString()));
  const [status] = (await once(child, 'close')) as [number];
  expect(status).toBe(64);
  expect(stderr).toMatch(/^conformance: \/nowhere\/etcd cannot be started; Debian's package is etcd-server .*\n$/);
});

function hasEtcd(): boolean {
  try {
    return etcdVersion().startsWith('3.4.');
  } catch (error) {
    if (error instanceof EtcdMissing) return false;
    throw error;
  }
}

describe.skipIf(!hasEtcd())('before a real etcd', () => {
  test('random scripts show no difference', async () => {
    const etcd = new EtcdSubject();
    const { finding, sections } = await campaign(healthy, etcd, 11, 600);
    await etcd.close();
    expect(finding).toBeNull();
    expect(sections).toBeGreaterThan(1);
  });

  /** Of a delete to the end of all keys etcd does not notice that it meets the put. */
  test('of a key that one txn writes and deletes nothing is left when its revision is compacted', async () => {
    const script: ScriptLine[] = [
      { method: 'kv/put', body: { key: 'YQ==' } },
      {
        method: 'kv/txn',
        body: { success: [{ request_put: { key: 'YQ==' } }, { request_delete_range: { key: 'YQ==', range_end: 'AA==' } }] },
      },
      { method: 'kv/compaction', body: { revision: '3', physical: true } },
      { method: 'watch', body: { create_request: { key: 'YQ==', start_revision: '3' } } },
      { method: 'kv/put', body: { key: 'YQ==' } },
    ];
    const etcd = new EtcdSubject();
    const { difference, theirs } = await runScript(written(script), healthy, etcd);
    await etcd.close();
    expect(difference).toBeNull();
    expect(JSON.stringify(theirs[4]!.stream)).toContain('"mod_revision":"4"');
    expect(JSON.stringify(theirs.map(({ stream }) => stream))).not.toContain('"mod_revision":"3"');
  });

  test('a wrong rule is found and shrunk', async () => {
    const etcd = new EtcdSubject({}, 2);
    const { finding } = await campaign(wrong, etcd, 1, 3_000);
    await etcd.close();
    expect(scriptText(finding?.script ?? [])).toEqual([expect.stringMatching(shortest)]);
  });
});

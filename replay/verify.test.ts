import { describe, expect, test } from 'vitest';
import { createRun, ms } from '../sim/index.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { record } from './recorder.ts';
import { FULL_DIGEST_EVERY, type Recording } from './recording.ts';
import { gossip, gossipInputs } from './testing/gossip.ts';
import { verify } from './verify.ts';

const LIMIT = 60;

function recorded(): Recording {
  const run = createRun(gossip({ limit: LIMIT }));
  const recorder = record(run);
  run.advance();
  return recorder.recording(gossipInputs(), { quorate: '1.2.3', build: '0123456789abcdef' });
}

function withByteChanged(recording: Recording, step: number): Recording {
  const bytes = decodeBase64(recording.digestBytes) as Uint8Array;
  bytes[step - 1] = (bytes[step - 1] as number) ^ 1;
  return { ...recording, digestBytes: encodeBase64(bytes) };
}

describe('verification', () => {
  test('finds a repetition identical, over all its steps', () => {
    const recording = recorded();
    expect(recording.steps).toBeGreaterThan(FULL_DIGEST_EVERY);
    expect(verify(recording, gossip({ limit: LIMIT }))).toEqual({
      identical: true,
      steps: recording.steps,
      digest: recording.digest,
      firstDifference: null,
    });
  });

  test.each([1, 2, 100, 256, 257])('names step %i when its byte was changed', (step) => {
    const { identical, firstDifference } = verify(withByteChanged(recorded(), step), gossip({ limit: LIMIT }));
    expect(identical).toBe(false);
    expect(firstDifference).toMatchObject({ step, what: 'digest' });
    expect(firstDifference?.event).toMatch(/^\w+: /);
  });

  test('names the last step when its byte was changed', () => {
    const recording = recorded();
    const { firstDifference } = verify(withByteChanged(recording, recording.steps), gossip({ limit: LIMIT }));
    expect(firstDifference?.step).toBe(recording.steps);
  });

  test('holds full digests too', () => {
    const recording = recorded();
    const digests = ['0'.repeat(16), ...recording.digests.slice(1)];
    expect(verify({ ...recording, digests }, gossip({ limit: LIMIT })).firstDifference).toMatchObject({
      step: FULL_DIGEST_EVERY,
      what: 'digest',
    });
  });

  test('of another plan names a step near the fault that is new', () => {
    const at = ms(40);
    const before = createRun(gossip({ limit: LIMIT }));
    while (before.nowUs < at) before.advance(before.step + 1);
    const { firstDifference } = verify(recorded(), gossip({ limit: LIMIT, faults: [{ at, do: 'crash', target: 'a' }] }));
    expect(firstDifference?.step).toBeLessThanOrEqual(before.step + 1);
    expect(firstDifference?.timeUs).toBeLessThanOrEqual(at);
  });

  test('tells the same steps judged differently from different steps', () => {
    const recording = recorded();
    const violation = { ...(recording.violation as NonNullable<Recording['violation']>), property: 'test/other' };
    const { firstDifference } = verify({ ...recording, violation }, gossip({ limit: LIMIT }));
    expect(firstDifference).toMatchObject({ what: 'verdict', step: recording.steps });
  });

  test('notices that a repetition ends earlier, or goes on', () => {
    const recording = recorded();
    expect(verify(recording, gossip({ limit: 10 })).firstDifference).toMatchObject({ what: 'length' });
    expect(verify(recording, gossip()).firstDifference).toMatchObject({ what: 'length', step: recording.steps + 1 });
  });
});

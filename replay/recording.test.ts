import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRun } from '../sim/index.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { readRecording, RecordingError } from './read-recording.ts';
import { record } from './recorder.ts';
import { editedInputs, formatRecording, hashInputs, type Inputs, type Recording } from './recording.ts';
import { gossip, gossipInputs, type GossipOptions } from './testing/gossip.ts';
import { hashValue } from './value-hash.ts';
import { verify } from './verify.ts';

const ORIGIN = { quorate: '1.2.3', build: '0123456789abcdef' };

function recorded(options: GossipOptions = {}): Recording {
  const run = createRun(gossip(options));
  const recorder = record(run);
  run.advance();
  return recorder.recording(gossipInputs(options), ORIGIN);
}

describe('base64', () => {
  test('what is encoded is decoded, as Node does it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  test('no two texts mean the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12, unit: fc.constantFrom('A', 'B', '/', '=', 'g', ' ', 'é') }), (text) => {
        const bytes = decodeBase64(text);
        if (bytes !== null) expect(encodeBase64(bytes)).toBe(text);
      }),
    );
  });
});

describe('a hash of inputs', () => {
  test('does not depend on the order in which fields were written', () => {
    expect(hashValue({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(hashValue({ b: [{ d: 3, c: 2 }], a: 1 }));
  });

  test('depends on every value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)];
        // The order of fields and the sign of zero do not count, so texts tell values apart only without them.
        fc.pre(textA !== textB && !/"[^"]*":.*"[^"]*":|-0/.test(textA + textB));
        expect(hashValue(a)).not.toBe(hashValue(b));
      }),
      {
        examples: [
          [[], {}],
          [[['a', 1]], { a: 1 }],
          [null, []],
          ['1', 1],
          [
            [[1], 2],
            [1, [2]],
          ],
        ],
      },
    );
  });
});

describe('a recording', () => {
  test('is read as it was written', () => {
    const recording = recorded({ limit: 20 });
    expect(recording.verdict).toBe('violation');
    expect(readRecording(formatRecording(recording))).toEqual(recording);
  });

  test('cannot begin in the middle of a run', () => {
    const run = createRun(gossip());
    run.advance(1);
    expect(() => record(run)).toThrow(/already taken 1 steps/);
  });

  test('names the inputs that were edited, and no others', () => {
    const recording = recorded();
    expect(editedInputs(recording)).toEqual([]);
    const changes: Partial<Inputs>[] = [
      { scenario: 'other' },
      { userFile: { path: 'x.ts', kind: 'module', hash: '0123456789abcdef' } },
      { seed: 2 },
      { design: { size: 4 } },
      { defects: ['x'] },
      { topology: { ...recording.topology, queueUs: 1 } },
      { faults: [] },
      { workload: [] },
      { healAtUs: 1 },
      { endUs: 3_000_000 },
    ];
    for (const change of changes) expect(editedInputs({ ...recording, ...change })).toEqual(Object.keys(change));
    expect(Object.keys(hashInputs(recording))).toHaveLength(changes.length + 1);
  });

  test.each([
    ['', 'not a recording of Quorate: the file is empty'],
    ['hello', 'not a recording of Quorate: not JSON'],
    ['{"name": "package"}', 'not a recording of Quorate: it lacks "quorate" and "format"'],
    ['[]', 'not a recording of Quorate: it lacks "quorate" and "format"'],
    ['{"quorate": "9.0.0", "format": 2}', 'format 2, written by Quorate 9.0.0, is newer than this version reads (format 1)'],
    ['{"quorate": "0.0.1", "format": 0}', 'format 0, written by Quorate 0.0.1, is older than this version reads (format 1)'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => readRecording(text)).toThrow(new RecordingError(message));
  });

  test.each<[string, Partial<Record<keyof Recording, unknown>>, RegExp]>([
    ['a field of its own', { extra: 1 } as never, /^damaged: there is no field "extra" here/],
    ['an unknown fault', { faults: [{ at: 1, do: 'explode' }] }, /^faults\.0\.do: /],
    ['a fault with a wrong field', { faults: [{ at: 1, do: 'crash', target: 'a', factor: 2 }] }, /^faults\.0: .*"factor"/],
    ['a topology that is not square', { topology: { ...gossip().topology, latency: [] } }, /^topology\.latency: /],
    ['an intervention', { interventions: [{ step: 1 }] }, /^interventions/],
    ['more steps than bytes', { steps: 5 }, /^damaged: digestBytes: \d+ steps, but steps says 5$/],
    ['bytes that are none', { digestBytes: '*' }, /^damaged: digestBytes: not base64$/],
    ['a digest too many', { digests: ['0'.repeat(16)].concat(recorded().digests) }, /^damaged: digests: /],
  ])('with %s is refused in one line', (_name, change, message) => {
    const refusal = thrownBy(() => readRecording(JSON.stringify({ ...recorded(), ...change })));
    expect(refusal).toBeInstanceOf(RecordingError);
    expect((refusal as Error).message).toMatch(message);
    expect((refusal as Error).message).not.toContain('\n');
  });
});

describe('a recording that was damaged', () => {
  const intact = recorded({ limit: 30 });
  const text = formatRecording(intact);
  const asRead = JSON.stringify(readRecording(text));

  test('is refused wherever it was cut off', () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 3 }), (length) => {
        const refusal = thrownBy(() => readRecording(text.slice(0, length)));
        expect(refusal).toBeInstanceOf(RecordingError);
        expect((refusal as Error).message).toMatch(
          length < 12 ? /^not a recording|^damaged/ : /^damaged: it ends|^damaged: not JSON/,
        );
      }),
    );
  });

  test('is refused, or shown to differ, whichever byte was changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 1, max: 127 }), (position, flip) => {
        const damaged =
          text.slice(0, position) + String.fromCharCode(text.charCodeAt(position) ^ flip) + text.slice(position + 1);
        expect(detected(damaged)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  /** An error in one line, an edited input, another build, a difference, or still the same data. */
  function detected(damaged: string): boolean {
    let read: Recording;
    try {
      read = readRecording(damaged);
    } catch (error) {
      return error instanceof RecordingError && !error.message.includes('\n');
    }
    if (JSON.stringify(read) === asRead) return true;
    if (editedInputs(read).length > 0 || read.build !== ORIGIN.build || read.quorate !== ORIGIN.quorate) return true;
    return !verify(read, gossip({ limit: 30 })).identical;
  }
});

function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return null;
}

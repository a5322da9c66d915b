import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { structuredClone as cloned, webGlobals } from './inside-web.ts';

const due: { readonly delayMs: number; readonly action: () => void }[] = [];
const web = webGlobals((delayMs, action) => void due.push({ delayMs, action })) as unknown as {
  readonly TextEncoder: typeof TextEncoder;
  readonly TextDecoder: typeof TextDecoder;
  readonly AbortController: typeof AbortController;
  readonly AbortSignal: typeof AbortSignal;
  readonly EventTarget: typeof EventTarget;
  readonly Event: typeof Event;
};

describe('text as bytes is what Node makes of it:', () => {
  /** Bytes as they stand in text, so that what is malformed is so in its last byte as often as in its first. */
  const bytes = fc
    .array(
      fc.oneof(
        fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xff),
        fc.integer({ min: 0, max: 255 }),
      ),
    )
    .map((each) => Uint8Array.from(each));

  test('encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'é', 'a') }),
        (text, halves) => {
          for (const one of [text, text + halves]) {
            expect([...new web.TextEncoder().encode(one)]).toEqual([...new TextEncoder().encode(one)]);
            const [mine, theirs] = [new Uint8Array(7), new Uint8Array(7)];
            expect(new web.TextEncoder().encodeInto(one, mine)).toEqual(new TextEncoder().encodeInto(one, theirs));
            expect(mine).toEqual(theirs);
          }
        },
      ),
    );
  });

  test('decoded, whole or in pieces, with and without its mark', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.boolean(), fc.boolean(), (first, last, fatal, ignoreBOM) => {
        const decode = (Decoder: typeof TextDecoder): unknown => {
          const decoder = new Decoder('utf-8', { fatal, ignoreBOM });
          try {
            return [
              decoder.decode(first),
              decoder.decode(last, { stream: true }),
              decoder.decode(first, { stream: true }),
              decoder.decode(),
            ];
          } catch (error) {
            return (error as Error).name;
          }
        };
        expect(decode(web.TextDecoder)).toEqual(decode(TextDecoder));
      }),
      { numRuns: 500 },
    );
  });
});

test('a copy shares nothing with what it is of, and is of the same shape', () => {
  const cyclic: Record<string, unknown> = {
    list: Object.assign(Array.from({ length: 2 }), { 3: 'a' }),
    big: 1n,
    nothing: undefined,
    none: null,
  };
  cyclic['self'] = cyclic;
  const values = [
    cyclic,
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, cyclic])]]),
    new Date(5),
    /a/gi,
    new Uint16Array([1, 2, 3]).subarray(1),
    new DataView(new ArrayBuffer(4), 1, 2),
    new RangeError('no', { cause: { a: 1 } }),
    Object(1),
    NaN,
  ];
  for (const value of values) expect(cloned(value)).toEqual(structuredClone(value));
  const copy = cloned(cyclic) as Record<string, unknown>;
  expect(copy['self']).toBe(copy);
  expect(copy['list']).not.toBe(cyclic['list']);
  for (const value of [() => 1, Symbol('a'), { a: [() => 1] }, new WeakMap(), Promise.resolve()])
    expect(() => cloned(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }) as Error);
});

describe('a signal', () => {
  test('tells each listener once that it was aborted, and why', () => {
    const controller = new web.AbortController();
    const { signal } = controller;
    const told: unknown[] = [];
    const removed = (): void => void told.push('removed');
    signal.onabort = ({ type }) => void told.push(type);
    signal.addEventListener('abort', () => void told.push(signal.reason));
    signal.addEventListener('abort', removed);
    signal.removeEventListener('abort', removed);
    signal.throwIfAborted();
    const any = web.AbortSignal.any([new web.AbortController().signal, signal]);
    controller.abort('enough');
    controller.abort('again');
    expect(told).toEqual(['abort', 'enough']);
    expect([signal.aborted, any.aborted, any.reason, web.AbortSignal.any([any]).reason]).toEqual([
      true,
      true,
      'enough',
      'enough',
    ]);
    expect(() => signal.throwIfAborted()).toThrow('enough');
    expect(web.AbortSignal.abort().reason).toMatchObject({ name: 'AbortError' });
    expect(() => new web.AbortSignal()).toThrow('Illegal constructor');
  });

  test('with a timeout is aborted in the time that it is given', () => {
    const signal = web.AbortSignal.timeout(70);
    expect([signal.aborted, due.at(-1)?.delayMs]).toEqual([false, 70]);
    due.at(-1)?.action();
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });
});

test('an event reaches whoever listens to its target, in order, until one stops it', () => {
  const target = new web.EventTarget();
  const told: unknown[] = [];
  const ending = new web.AbortController();
  target.addEventListener('a', () => void told.push('once'), { once: true });
  target.addEventListener('a', () => void told.push('signalled'), { signal: ending.signal });
  target.addEventListener('a', { handleEvent: (event) => (event.preventDefault(), event.stopImmediatePropagation()) });
  target.addEventListener('a', () => void told.push('never'));
  expect(target.dispatchEvent(new web.Event('a', { cancelable: true }))).toBe(false);
  ending.abort();
  expect(target.dispatchEvent(new web.Event('a'))).toBe(true);
  expect(told).toEqual(['once', 'signalled']);
});

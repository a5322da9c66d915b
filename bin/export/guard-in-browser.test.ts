import { fileURLToPath } from 'node:url';
import type { Browser } from 'puppeteer-core';
import { build } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChromium, openPage } from './testing/chromium.ts';

/** The guard of a simulation, in a browser: there clocks and chance hang elsewhere than in Node. */
const WAYS = [
  'Date.now()',
  'new Date()',
  'Math.random()',
  'performance.now()',
  'crypto.getRandomValues(new Uint8Array(1))',
  'crypto.randomUUID()',
  'setTimeout(() => {})',
  'setInterval(() => {})',
  'queueMicrotask(() => {})',
  `fetch('data:,')`,
  'new Intl.NumberFormat()',
  '[10, 9].sort()',
  `'a'.localeCompare('b')`,
];
let browser: Browser;
let code: string;

/** For each way: what it throws when guarded, and whether it works again afterwards. */
const tried = (guard: string): string => `(() => { ${guard}
  return ${JSON.stringify(WAYS)}.map((way) => {
    const attempt = new Function('return ' + way);
    let refused = 'nothing';
    try { Guard.guarded(() => attempt()); } catch (error) { refused = error.message; }
    try { attempt(); } catch (error) { return [way, 'does not work afterwards: ' + error.message]; }
    return [way, refused];
  });
})()`;

beforeAll(async () => {
  const { output } = await build({
    input: fileURLToPath(new URL('../../sim/guard.ts', import.meta.url)),
    platform: 'browser',
    write: false,
    output: { format: 'iife', name: 'Guard' },
  });
  ({ code } = output[0]);
  browser = await openChromium();
});

afterAll(async () => browser.close());

function expectRefused(results: unknown): void {
  // What a context has not (`crypto.randomUUID` where nothing is secure) nobody can use.
  const missing = (refused: string): boolean => /is not a function/.test(refused);
  for (const [way, refused] of results as readonly (readonly [string, string])[]) {
    expect(missing(refused) || refused.includes('was used inside a simulation'), `${way}: ${refused}`).toBe(true);
  }
}

test('in a page', async () => {
  const { page } = await openPage(browser);
  expectRefused(await page.evaluate(tried(code)));
});

test('in a worker', async () => {
  const { page } = await openPage(browser);
  const worker = `new Promise((resolve, reject) => {
    const worker = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(`postMessage(${tried(code)})`)}])));
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  })`;
  expectRefused(await page.evaluate(worker));
});

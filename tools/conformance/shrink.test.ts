import { expect, test } from 'vitest';
import type { ScriptLine } from '../../bin/store/script.ts';
import { shrink } from './shrink.ts';

const put = (key: string, more: ScriptLine['body'] = {}): ScriptLine => ({ method: 'kv/put', body: { key, ...more } });

test('what is left is what is needed, in lines and in what stands in them', async () => {
  const script = Array.from({ length: 100 }, (_, at) => put(`k${at}`, { value: 'x', list: [{ a: 1, b: 2 }, 3] }));
  const shows = async (lines: readonly ScriptLine[]): Promise<boolean> => {
    const keys = lines.map(({ body }) => body['key']);
    const second = lines[keys.indexOf('k71')];
    return keys.includes('k13') && JSON.stringify(second?.body['list'] ?? null).includes('"b":2');
  };
  const { script: shortest, tries } = await shrink(script, shows);
  expect(shortest).toEqual([put('k13'), put('k71', { list: [{ b: 2 }] })]);
  expect(tries).toBeLessThan(100);
});

test('what is long is cut, where base64 can be cut', async () => {
  const script = [put('k', { value: 'abcd'.repeat(1_000) })];
  const { script: shortest } = await shrink(script, async (lines) => JSON.stringify(lines[0]?.body['value'] ?? '').length > 300);
  expect(shortest).toEqual([{ method: 'kv/put', body: { value: 'abcd'.repeat(125) } }]);
});

test('it tries no more than it may', async () => {
  let asked = 0;
  const script = Array.from({ length: 50 }, (_, at) => put(`k${at}`));
  const shows = async (lines: readonly ScriptLine[]): Promise<boolean> => {
    asked++;
    return lines.length % 7 === 1;
  };
  await shrink(script, shows, 20);
  expect(asked).toBeLessThanOrEqual(20);
});

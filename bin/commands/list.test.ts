import { afterAll, expect, test } from 'vitest';
import { Workplace } from '../testing/spawn-quorate.ts';

const place = new Workplace();
afterAll(() => place.remove());

interface Row {
  readonly id: string;
  readonly title: string;
}

test.each([
  ['scenarios', 'pause-the-leader'],
  ['properties', 'platform/single-active'],
  ['faults', 'partition'],
  ['defects', 'no-fencing'],
])('%s are listed in words and as JSON, with %s among them', async (catalogue, known) => {
  const words = await place.quorate('list', catalogue);
  const { json, stderr, status } = await place.json('list', catalogue);
  expect(status).toBe(0);
  expect(stderr).toBe('');
  expect(Object.keys(json)).toEqual([catalogue]);
  const rows = json[catalogue] as Row[];
  expect(rows.map(({ id }) => id)).toContain(known);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(words.stdout.trimEnd().split('\n')).toHaveLength(rows.length);
  for (const [i, { id, title }] of rows.entries()) {
    expect(words.stdout.split('\n')[i]?.startsWith(`${id} `)).toBe(true);
    expect(words.stdout).toContain(title);
  }
});

test('every defect names a property that exists', async () => {
  const { json: defects } = await place.json('list', 'defects');
  const { json: properties } = await place.json('list', 'properties');
  const known = (properties['properties'] as Row[]).map(({ id }) => id);
  const unknown = (defects['defects'] as (Row & { property: string })[]).filter(({ property }) => !known.includes(property));
  expect(unknown.map(({ id, property }) => `${id}: ${property}`)).toEqual([]);
});

test('a defect that a safeguard masks says which design shows it', async () => {
  const { stdout } = await place.quorate('list', 'defects');
  expect(stdout.split('\n').find((line) => line.startsWith('renew-without-deadline '))).toContain('needs {"fencing":false}');
});

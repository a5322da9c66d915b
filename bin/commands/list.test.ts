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

test('a defect is told in one line with its property, and in full, a field on each line, when it is named', async () => {
  const { stdout: all } = await place.quorate('list', 'defects');
  expect(all).toMatch(/^no-fencing +the API server .* → platform\/no-stale-side-effects$/m);
  const { stdout } = await place.quorate('list', 'defects', 'no-fencing', 'renew-without-deadline');
  const [first = '', second = ''] = stdout.split('\n\n');
  expect(first.split('\n').map((line) => line.trim().split(' ')[0])).toEqual([
    'no-fencing',
    'title',
    'property',
    'scenario',
    'measured',
    'source',
  ]);
  expect(first).toMatch(/^ {2}measured +found in \d of \d hunts, median \d+ seeds, \d+\.\d CPU s$/m);
  // One that another safeguard masks says which design shows it.
  expect(second).toMatch(/^ {2}needs +\{"fencing":false\}$/m);
});

test.each([
  ['scenarios', 'primary-on-an-island', /^ {2}run by +hunts, and swarms that name it$/m],
  ['properties', 'platform/converges', /^ {2}kind +eventually$/m],
  ['faults', 'slow', /^ {2}fields +target, factor, for$/m],
])('%s are told in full by their ids, such as %s, and as JSON those alone', async (catalogue, id, field) => {
  expect((await place.quorate('list', catalogue, id)).stdout).toMatch(field);
  const { json } = await place.json('list', catalogue, id);
  expect((json[catalogue] as Row[]).map((row) => row.id)).toEqual([id]);
});

test('an id that does not exist is refused with the nearest one: 64', async () => {
  const { status, stdout, stderr } = await place.quorate('list', 'defects', 'no-fencin');
  expect(stderr).toBe('quorate: no id is called "no-fencin"; did you mean "no-fencing"? (quorate list defects)\n');
  expect(stdout).toBe('');
  expect(status).toBe(64);
});

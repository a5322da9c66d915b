import { expect, test } from 'vitest';
import { compareFields, fieldsOf, PATH_SEPARATOR, shownPath } from './fields.ts';

test('small records and lists stay on one line, larger ones are spread', () => {
  const state = { term: 3, voters: [1, 2, 3], progress: [{ member: 2, match: 9 }], expiresUs: 1_500_000, log: {}, leader: null };
  expect(fieldsOf(state).map(({ path, value }) => ({ path: path.replace(PATH_SEPARATOR, '/'), value }))).toEqual([
    { path: 'term', value: '3' },
    { path: 'voters', value: '[1, 2, 3]' },
    { path: 'progress/member 2', value: 'member 2 · match 9' },
    { path: 'expiresUs', value: '1.500000 s' },
    { path: 'log', value: '{}' },
    { path: 'leader', value: '–' },
  ]);
});

test('added, modified and deleted fields are marked where they stand', () => {
  const marked = compareFields(
    fieldsOf({ role: 'follower', vote: 2, term: 3 }),
    fieldsOf({ role: 'leader', term: 3, commit: 7 }),
  );
  expect(marked.map(({ mark, path, before, value }) => [mark, path, before, value])).toEqual([
    ['M', 'role', 'follower', 'leader'],
    ['D', 'vote', null, '2'],
    [' ', 'term', null, '3'],
    ['A', 'commit', null, '7'],
  ]);
});

test('a state that refers to itself, or is huge, is cut', () => {
  const loop: Record<string, unknown> = { a: 1 };
  loop['self'] = loop;
  expect(fieldsOf(loop).at(-1)?.value).toBe('…');
  expect(fieldsOf(Object.fromEntries(Array.from({ length: 5_000 }, (_, key) => [`key${key}`, key]))).at(-1)).toEqual({
    path: '…',
    value: 'and more',
  });
});

test('a record that comes into a list in the middle is the only one that is new', () => {
  const keys = (...names: string[]): object => ({
    keys: names.map((key) => ({ key, value: `${key} is a value that takes a line of its own` })),
  });
  const marked = compareFields(fieldsOf(keys('/a', '/c')), fieldsOf(keys('/a', '/b', '/c')));
  expect(marked.filter(({ mark }) => mark !== ' ').map(({ mark, path }) => `${mark} ${shownPath(path)}`)).toEqual([
    'A keys./b.key',
    'A keys./b.value',
  ]);
});

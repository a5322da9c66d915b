import { expect, test } from 'vitest';
import { cellWidth, clip, fit, printable, wrap } from './cell-width.ts';

test('wide characters take two cells, combining marks none', () => {
  expect(cellWidth('abc')).toBe(3);
  expect(cellWidth('状态')).toBe(4);
  expect(cellWidth('e\u0301')).toBe(1);
  expect(cellWidth('│●◄─►✗')).toBe(6);
});

test('what fits stays whole, what does not ends in an ellipsis and never reaches over its cells', () => {
  expect(clip('heartbeat', 9)).toBe('heartbeat');
  expect(clip('heartbeat', 8)).toBe('heartbe…');
  expect(clip('状态机', 4)).toBe('状…');
  expect(clip('x', 0)).toBe('');
  expect(fit('状态机', 4)).toBe('状… ');
});

test('lines are broken between words, and inside those that are longer than a line', () => {
  expect(wrap('append entry 102 after 101', 10)).toEqual(['append', 'entry 102', 'after 101']);
  expect(wrap('sha256:0123456789', 8)).toEqual(['sha256:0', '12345678', '9']);
  expect(wrap('', 8)).toEqual(['']);
});

test('nothing in a description can move the cursor', () => {
  expect(printable('a\u001b[2Jb\nc')).toBe('a [2Jb c');
});

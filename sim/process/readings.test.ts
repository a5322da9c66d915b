import { expect, test } from 'vitest';
import { Freezer } from '../freeze.ts';
import { Readings } from './readings.ts';

const asObject = (text: string, version: number): { text: string; version: number } => ({ text, version });

test('what a text says is made once, for whoever reads it at the same version in the same way', () => {
  const readings = new Readings(null);
  const first = readings.readText('a', 1, asObject);
  expect(first).toEqual({ text: 'a', version: 1 });
  expect(readings.readText('a', 1, asObject)).toBe(first);
  expect(readings.readText('a', 2, asObject)).toEqual({ text: 'a', version: 2 });
  expect(readings.readText('a', 2, (text) => text.length)).toBe(1);
  expect(readings.readText('b', 1, asObject)).toEqual({ text: 'b', version: 1 });
});

test('where messages are frozen, so is what a text says', () => {
  const read = new Readings(new Freezer()).readText('a', 1, (text) => ({ parts: [text] }));
  expect(() => read.parts.push('b')).toThrow(TypeError);
});

test('what is forgotten is read anew', () => {
  const readings = new Readings(null);
  const first = readings.readText('first', 1, asObject);
  for (let n = 0; n < 5_000; n++) readings.readText(`text ${n}`, 1, asObject);
  expect(readings.readText('first', 1, asObject)).not.toBe(first);
  expect(readings.readText('first', 1, asObject)).toEqual(first);
});

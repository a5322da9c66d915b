import { describe, expect, test } from 'vitest';
import { textOf } from '../../replay/check/value.ts';
import { EdnError, EdnScanner } from './edn-scanner.ts';
import { EdnValues } from './edn-value.ts';

const form = (text: string): string => new EdnScanner(text).form();
/** What a form means, in the text by which values are known. */
const meaning = (text: string): string => textOf(new EdnValues().of(form(text)));

describe('forms', () => {
  test.each([
    ['(1,2 , [ 3 ])', '[1 2 [3]]'],
    ['{:a 1, "b" [nil true]}', '{:a 1 "b" [nil true]}'],
    ['#{ 1 2 }', '#{1 2}'],
    ['; first\n[1 ; second\n #_ [2 3] 4]', '[1 4]'],
    ['#jepsen.Op {:a 1}', '#jepsen.Op {:a 1}'],
    ['"a \\" ] b"', '"a \\" ] b"'],
    ['+7', '7'],
    ['7N', '7'],
    ['9007199254740993', '9007199254740993N'],
    ['-0', '0'],
    ['\\]', '\\u005d'],
    ['\\newline', '\\newline'],
  ])('%s is written in one way', (text, expected) => {
    expect(form(text)).toBe(expected);
  });

  test('equal values are known by one text, different ones by two', () => {
    expect(meaning('#{2 1}')).toBe(meaning('#{1, 2}'));
    expect(meaning('{:b 2 :a 1}')).toBe(meaning('{:a 1, :b 2}'));
    expect(meaning('(1 2)')).toBe(meaning('[1 2]'));
    expect(
      new Set(
        [
          ':a',
          '"a"',
          '":a"',
          'a',
          '\\a',
          '1',
          '1.5',
          '"1"',
          'nil',
          '"nil"',
          'true',
          '[1]',
          '#{1}',
          '#x 1',
          '9007199254740993',
          '9007199254740992',
        ].map(meaning),
      ).size,
    ).toBe(16);
  });

  test('floats are no integers, and are equal as numbers are; decimals are neither', () => {
    expect(new Set(['1', '1.0', '1.0M', '1.00M', '1M', '[1]', '[1.0]', '"1.0"', '#{1.0}'].map(meaning)).size).toBe(9);
    expect(['1.0', '1e0', '+1.00', '10E-1', '-0.0', '1.50', '1e21'].map(meaning)).toEqual([
      '1.0',
      '1.0',
      '1.0',
      '1.0',
      '0.0',
      '1.5',
      '1e+21',
    ]);
    expect(meaning('{1.0 :a, 1 :b}')).toBe(meaning('{1 :b, 1.0 :a}'));
  });

  test.each<[text: string, offset: number, message: string]>([
    ['[1 2}', 4, '} stands where ] should close what [ opened'],
    [']', 0, 'there is nothing that this ] could close'],
    ['{:a 1 :b}', 0, 'the last key of this map has no value'],
    ['[1 007]', 3, '007 is no number'],
    ['1x', 0, '1x is no number'],
    ['"a\\q"', 2, 'EDN has no escape \\q'],
    ['[##NaN]', 1, '##NaN is not the tag of a value'],
    [':', 0, ': is no keyword'],
    ['^{:a 1} b', 0, 'metadata (^) has no place in a history'],
  ])('%s is refused with its place', (text, offset, message) => {
    expect(refusal(text)).toMatchObject({ offset, message, isUnfinished: false });
  });

  test.each([
    ['[1 (2', 3],
    ['{:a', 0],
    ['"abc', 0],
    ['[1 "a', 3],
    ['', 0],
  ])('%s is not finished', (text, offset) => {
    expect(refusal(text)).toMatchObject({ offset, isUnfinished: true });
  });
});

function refusal(text: string): EdnError {
  try {
    form(text);
  } catch (error) {
    if (error instanceof EdnError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

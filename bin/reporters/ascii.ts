/** The same text for a terminal that shows nothing beyond ASCII: each sign has one of its own width in its place. */

const IN_PLACE: ReadonlyMap<string, string> = new Map([
  ...pairs('│┊', '|:'),
  ...pairs('─', '-'),
  ...pairs('►◄→←', '><><'),
  ...pairs('‖×', '"x'),
  ...pairs('…·', '..'),
  ...pairs('◆◇○▷▲▼●◔■▤◈✗', '##o>^v*@==~X'),
  ...pairs('µ', 'u'),
]);

function pairs(signs: string, letters: string): readonly (readonly [string, string])[] {
  return Array.from(signs, (sign, at) => [sign, letters.charAt(at)]);
}

export function asciiOf(text: string): string {
  return text.replace(/[^\n\u0020-\u007e]/gu, (sign) => IN_PLACE.get(sign) ?? '?');
}

/** Whether the locale says that nothing else is shown. Where it says nothing, as in CI, what reads the output is up to date. */
export function wantsAscii({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '');
  return locale !== undefined && !/utf-?8/i.test(locale);
}

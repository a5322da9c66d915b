import { expect, test } from 'vitest';
import { nothingKnown } from '../execution/job.ts';
import { runText } from './run-report.ts';

function crashed(message: string): string {
  const frames = Array.from({ length: 9 }, (_, at) => `    at step${at} (file:///mine.ts:${at}:1)`);
  const crash = { process: 'keeper', message, trace: [`AssertionError: ${message}`, ...frames].join('\n') };
  return runText({
    outcome: { ...nothingKnown(1, 'mine'), verdict: 'crashed', crash },
    recording: null,
    repro: 'npx quorate run mine --seed 1',
  });
}

test.each(['no', 'Expected values to be equal:\n\n{\n  a: 1\n}\n\nshould equal\n\n{\n  a: 2\n}'])(
  'what was thrown (%j) is said once, and then where, in a few lines of the stack',
  (message) => {
    const [head, told = ''] = crashed(message).split('  keeper: ');
    expect(head).toBe('mine, seed 1: crashed\n');
    expect(told.startsWith(`${message}\n`)).toBe(true);
    expect(told.slice(message.length + 1).split('\n')).toEqual([
      ...Array.from({ length: 6 }, (_, at) => `      at step${at} (file:///mine.ts:${at}:1)`),
      '  reproduce with:',
      'npx quorate run mine --seed 1',
    ]);
  },
);

test('controllers that ended by themselves are told of, a line each, whatever the verdict', () => {
  const exits = [
    { process: 'keeper', times: 5, reason: 'Error: no\n  and no (keeper.ts:1)' },
    { process: 'other', times: 1, reason: 'it waits for nothing any more' },
  ];
  const outcome = { ...nothingKnown(1, 'mine'), verdict: 'ok' as const, exits };
  expect(runText({ outcome, recording: null, repro: '' }).split('\n')).toEqual([
    'mine, seed 1: ok',
    '  keeper ended by itself 5 times: Error: no and no (keeper.ts:1)',
    '  other ended by itself once: it waits for nothing any more',
  ]);
});

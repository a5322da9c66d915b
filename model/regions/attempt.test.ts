import { expect, test } from 'vitest';
import { missed } from './attempt.ts';

test.each([
  ['conflict', 'again'],
  ['unavailable', 'again'],
  ['too-many-requests', 'again'],
  ['too-frequent', 'again'],
  ['invalid', 'fail'],
  ['not-found', 'fail'],
])('what is refused for %s: %s', (code, status) => {
  expect(missed({ status: 'refused', code, message: '' }).status).toBe(status);
});

test('of what nobody has answered the outcome is unknown', () => {
  expect(missed({ status: 'unknown', reason: 'deadline' }).status).toBe('info');
});

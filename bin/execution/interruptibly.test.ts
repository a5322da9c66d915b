import { expect, test } from 'vitest';
import { failedOfInterrupt } from './interruptibly.ts';

test('what fails just before an interrupt is heard of has failed of it; what fails by itself has not', async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 10);
  expect(await failedOfInterrupt(interrupt.signal)).toBe(true);
  expect(await failedOfInterrupt(interrupt.signal)).toBe(true);
  expect(await failedOfInterrupt(new AbortController().signal)).toBe(false);
});

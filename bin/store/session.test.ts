import { expect, test } from 'vitest';
import { toBase64 } from './fields.ts';
import type { ScriptLine } from './script.ts';
import { StoreSession, type Told } from './session.ts';

function play(session: StoreSession, line: ScriptLine): readonly Told[] {
  const read = session.read(line);
  if (!read.ok) throw new Error(read.error.message);
  return session.perform(read.errand);
}

test('a watch has told all that it has to tell when the next request is asked, however much that is', () => {
  const session = new StoreSession({ compat: '3.4', requestMaxBytes: 16 * 1024 });
  const value = toBase64('x'.repeat(12 * 1024));
  for (let n = 0; n < 130; n++) play(session, { method: 'kv/put', body: { key: 'YQ==', value } });
  const told = play(session, {
    method: 'watch',
    body: { create_request: { key: 'YQ==', start_revision: '1', fragment: true, prev_kv: true } },
  });
  const responses = told.map(
    ({ json }) => json['result'] as { readonly fragment?: boolean; readonly events?: readonly unknown[] },
  );
  expect(responses.length).toBeGreaterThan(5);
  expect(responses.reduce((sum, { events = [] }) => sum + events.length, 0)).toBe(130);
  expect(responses.slice(1).map(({ fragment }) => fragment ?? false)).toEqual([...responses.slice(2).map(() => true), false]);
});

test('time passes when it is told to, and a lease ends in it', () => {
  const session = new StoreSession({ compat: '3.4' });
  play(session, { method: 'lease/grant', body: { ID: '7', TTL: '100' } });
  const begunUs = session.nowUs;
  play(session, { method: 'advance', body: { ms: '99000' } });
  expect(session.nowUs - begunUs).toBeGreaterThanOrEqual(99_000_000);
  expect(session.nowUs - begunUs).toBeLessThan(99_010_000);
  const left = (): unknown => (play(session, { method: 'lease/timetolive', body: { ID: '7' } })[0] as Told).json['TTL'];
  expect(left()).toBeUndefined();
  play(session, { method: 'advance', body: { ms: 2_000 } });
  expect(left()).toBe('-1');
});

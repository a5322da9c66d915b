/** Scripts that let time pass until leases end. */
import type { Json } from '../../../bin/store/json.ts';
import type { ScriptLine } from '../../../bin/store/script.ts';
import { bytes, type Choices } from './choices.ts';

/** The shortest TTL that etcd grants with its default election timeout; what asks for less gets it. */
const SHORT = ['2', '1', '0', '-7'] as const;
/** Lasts over the first wait. */
const LONG = '10';
/**
 * A lease of 2 s ends 2 to 2.5 s after it was granted: a scan every 500 ms finds it. When etcd has something else to do just then
 * it looks again 3 s later (lessor.go, `defaultExpiredleaseRetryInterval`). The wait leaves a second and a half beyond that, and
 * two and a half to the lease of 10 s.
 */
const WAIT_MS = 7_500;

/**
 * Two leases of which one ends while the other goes on, is renewed, and ends later. Of those that end in one wait only one has
 * keys: etcd revokes the leases of one scan side by side, in no order.
 */
export function expiryLines(choices: Choices): ScriptLine[] {
  const [first, second, ...others] = choices.stream.shuffle(choices.keys);
  const put = (key: string, lease: string): ScriptLine => ({
    method: 'kv/put',
    body: { key: bytes(key), value: bytes(choices.value()), ...(lease === '' ? {} : { lease }) },
  });
  const onFirst = others.filter(() => choices.chance(40));
  const onSecond = others.filter((key) => !onFirst.includes(key) && choices.chance(50));
  return [
    { method: 'watch', body: { create_request: { key: bytes('\0'), range_end: bytes('\0'), prev_kv: choices.chance(50) } } },
    { method: 'lease/grant', body: { ID: '11', ...optional('TTL', choices.stream.pick(SHORT)) } },
    { method: 'lease/grant', body: { ID: '12', TTL: LONG } },
    // Without keys it may end together with another.
    { method: 'lease/grant', body: { ID: '13', TTL: choices.stream.pick(SHORT) } },
    ...choices.stream.shuffle([put(first as string, '11'), put(second as string, '12'), ...onFirst.map((key) => put(key, '11'))]),
    ...onSecond.map((key) => put(key, '12')),
    ...(choices.chance(30) ? [put(first as string, choices.stream.pick(['', '12']))] : []),
    ...askAbout('11', '12', '13'),
    { method: 'lease/leases', body: {} },
    { method: 'advance', body: { ms: WAIT_MS } },
    ...askAbout('11', '12', '13'),
    { method: 'lease/leases', body: {} },
    { method: 'kv/range', body: { key: bytes('\0'), range_end: bytes('\0') } },
    put(first as string, choices.stream.pick(['', '11', '12'])),
    { method: choices.stream.pick(['lease/keepalive', 'lease/timetolive'] as const), body: { ID: '11' } },
    ...(choices.chance(60) ? renewed() : [{ method: 'advance', body: { ms: WAIT_MS } } as const]),
    { method: 'lease/leases', body: {} },
    { method: 'kv/range', body: { key: bytes('\0'), range_end: bytes('\0') } },
    {
      method: 'watch',
      body: { create_request: { key: bytes('\0'), range_end: bytes('\0'), start_revision: '2', prev_kv: true } },
    },
  ];
}

/** Renewed, the longer lease outlives a second wait, and ends in a third. */
function renewed(): ScriptLine[] {
  return [
    { method: 'lease/keepalive', body: { ID: '12' } },
    { method: 'advance', body: { ms: WAIT_MS } },
    ...askAbout('12'),
    { method: 'advance', body: { ms: WAIT_MS } },
    ...askAbout('12'),
  ];
}

function askAbout(...ids: readonly string[]): ScriptLine[] {
  return ids.map((ID) => ({ method: 'lease/timetolive', body: { ID, keys: true } }));
}

function optional(name: string, digits: string): Record<string, Json> {
  return digits === '0' ? {} : { [name]: digits };
}

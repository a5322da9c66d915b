/** Random requests to etcd's Lease service. */
import type { Json } from '../../../bin/store/json.ts';
import type { ScriptLine } from '../../../bin/store/script.ts';
import type { Choices } from './choices.ts';

/** In seconds: long enough not to end within a script, and far enough apart to expire in the order they are written in. */
const TTLS = ['300', '900', '3000', '90000', '1000000000', '9000000000', '9000000001', '9223372036854775807'] as const;

export function grantLine(choices: Choices): ScriptLine {
  const body: Record<string, Json> = { TTL: choices.integer(choices.stream.pick(TTLS)) };
  if (choices.chance(92)) body['ID'] = choices.integer(choices.newLease());
  return { method: 'lease/grant', body };
}

export function revokeLine(choices: Choices): ScriptLine {
  return { method: 'lease/revoke', body: { ID: choices.integer(choices.lease()) } };
}

export function timeToLiveLine(choices: Choices): ScriptLine {
  return {
    method: 'lease/timetolive',
    body: { ID: choices.integer(choices.lease()), ...(choices.chance(60) ? { keys: true } : {}) },
  };
}

export function keepAliveLine(choices: Choices): ScriptLine {
  return { method: 'lease/keepalive', body: { ID: choices.integer(choices.lease()) } };
}

export function leasesLine(): ScriptLine {
  return { method: 'lease/leases', body: {} };
}

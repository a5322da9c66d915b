/** Random requests on etcd's watch stream. */
import type { Json } from '../../../bin/store/json.ts';
import type { ScriptLine } from '../../../bin/store/script.ts';
import { bytes, type Choices } from './choices.ts';

/** Every watch costs each change of its keys a response. */
const WATCHES_MOST = 8;

export function watchLine(choices: Choices): ScriptLine {
  if (choices.knowledge.watches.size >= WATCHES_MOST) return cancelLine(choices);
  const body: Record<string, Json> = {};
  const key = choices.chance(3) ? '' : choices.stream.pick(choices.keys);
  if (key !== '' || choices.chance(50)) body['key'] = bytes(key);
  const end = choices.chance(40) ? '\0' : choices.rangeEnd(key);
  if (end !== '') body['range_end'] = bytes(end);
  if (choices.chance(55)) body['start_revision'] = choices.integer(choices.revision());
  if (choices.chance(30)) body['prev_kv'] = true;
  if (choices.chance(20)) body['filters'] = choices.list(2, () => choices.named(['NOPUT', 'NODELETE']));
  if (choices.chance(10)) body['progress_notify'] = true;
  if (choices.chance(15)) body['fragment'] = true;
  if (choices.chance(15)) body['watch_id'] = choices.integer(String(choices.stream.between(-2, 6)));
  return { method: 'watch', body: { create_request: choices.spelled(body) } };
}

export function cancelLine(choices: Choices): ScriptLine {
  const known = [...choices.knowledge.watches];
  const id = known.length > 0 && choices.chance(85) ? choices.stream.pick(known) : String(choices.stream.between(-2, 12));
  return { method: 'watch', body: { cancel_request: { watch_id: choices.integer(id) } } };
}

export function progressLine(): ScriptLine {
  return { method: 'watch', body: { progress_request: {} } };
}

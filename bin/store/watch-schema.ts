/** etcd's watch requests: from the gateway's JSON to what a watch stream is asked. */
import { z } from 'zod';
import type { WatchStreamRequest } from '../../model/store/watch/watch-requests.ts';
import { bytes, choice, flag, int64, type MessageMaker } from './fields.ts';
import { nearest } from './integers.ts';

export function watchSchema(message: MessageMaker): z.ZodType<WatchStreamRequest> {
  const create = message({
    key: bytes,
    range_end: bytes,
    start_revision: int64,
    progress_notify: flag,
    filters: choice(['NOPUT', 'NODELETE']).array().prefault([]),
    prev_kv: flag,
    watch_id: int64,
    fragment: flag,
  }).transform((fields): WatchStreamRequest => ({
    type: 'create',
    watch: {
      key: fields.key,
      rangeEnd: fields.range_end,
      startRevision: nearest(fields.start_revision),
      watchId: nearest(fields.watch_id),
      prevKv: fields.prev_kv,
      progressNotify: fields.progress_notify,
      noPut: fields.filters.includes('NOPUT'),
      noDelete: fields.filters.includes('NODELETE'),
      fragment: fields.fragment,
    },
  }));
  const cancel = message({ watch_id: int64 }).transform((fields): WatchStreamRequest => ({
    type: 'cancel',
    watchId: nearest(fields.watch_id),
  }));
  const progress = message({}).transform((): WatchStreamRequest => ({ type: 'progress' }));

  const kinds = { create_request: create.optional(), cancel_request: cancel.optional(), progress_request: progress.optional() };
  return message(kinds).transform((fields, context): WatchStreamRequest => {
    const [request, ...more] = Object.values(fields).filter((field) => field !== undefined);
    if (request !== undefined && more.length === 0) return request;
    context.addIssue({ code: 'custom', message: `should have one of ${Object.keys(kinds).join(', ')}` });
    return z.NEVER;
  });
}

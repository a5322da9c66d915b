/** What is claimed of the API's machinery: reads, watches, watch caches and finalizers. */
import type { Property } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';
import type { JournalOf } from '../journal.ts';
import { cacheMonotonic } from './cache-monotonic.ts';
import { sharedApiCalls, type ApiCallsOf } from './calls.ts';
import { sharedChangeLogs } from './change-log.ts';
import { deletionsMeant } from './deletions-meant.ts';
import { consistentReads } from './consistent-reads.ts';
import { finalizersKept } from './finalizers-kept.ts';
import { retryAfterKept } from './retry-after-kept.ts';
import { signsOfLifeFirst } from './signs-of-life-first.ts';
import { watchCachesConverge } from './watch-caches-converge.ts';
import { watchComplete } from './watch-complete.ts';

export function apiProperties(journalOf: JournalOf, design: Design, callsOf: ApiCallsOf = sharedApiCalls()): readonly Property[] {
  const logOf = sharedChangeLogs(journalOf, design);
  return [
    watchComplete(logOf, callsOf),
    consistentReads(logOf, callsOf),
    cacheMonotonic(callsOf),
    finalizersKept(journalOf),
    deletionsMeant(journalOf),
    signsOfLifeFirst(design),
    retryAfterKept(callsOf),
    watchCachesConverge(logOf),
  ];
}

/** The decisive moments of the defects of the floors above the store. */
import type { DecisiveMoments } from './decisive-moment.ts';

export const momentsOfPlatform: DecisiveMoments = {
  // The write of one who no longer leads.
  'no-fencing': { kind: /^api\/(create|delete|update|status|finalizers)$/, says: / → api-/ },
  'stale-list-on-restart': { kind: /^api\/list$/, says: /list \w+, however old/ },
  'deletion-ignores-uid': { kind: /^api\/delete$/, says: /delete / },
  'dns-applied-unconditionally': { kind: /^dns\/activate$/, says: /plan \d+/ },
  'evict-when-blind': { kind: /^api\/delete$/, says: /delete Workload/ },
  'fresh-operation-ids': { kind: /^cloud\/accepted$/, says: /./ },
};

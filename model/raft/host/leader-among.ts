/** Who leads a group, for whoever sees all of its members. */
import type { RaftNodeView } from './node-options.ts';

/** Whoever leads in the highest term (a deposed leader may not know yet), or null. */
export function leaderAmong<V extends RaftNodeView>(views: readonly (V | null)[]): V | null {
  let leader: V | null = null;
  for (const view of views) {
    if (view?.raft?.role === 'leader' && view.raft.term > (leader?.raft?.term ?? 0)) leader = view;
  }
  return leader;
}

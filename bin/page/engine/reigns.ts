/** Who led when: the terms of the store's group, and the fencing tokens of everything that is elected through it. */
import { CommitJournal } from '../../../model/properties/platform/journal.ts';
import { Leaders } from '../../../model/properties/raft/leaders.ts';
import { isLeaderKind, type Message } from '../../../model/raft/index.ts';
import type { Run } from '../../../sim/index.ts';

/** From event `first` on a process (by position; -1: nobody) holds an office. */
export interface Beginning {
  readonly office: string;
  /** Term or token. */
  readonly number: number;
  readonly process: number;
  readonly first: number;
}

/** The office of those who lead the store's group. */
export const STORE_OFFICE = 'store';

/** Watches a run from its start. Its list grows, in the order of events. */
export function watchReigns(run: Run): readonly Beginning[] {
  const beginnings: Beginning[] = [];
  const leaders = new Leaders();
  const journal = new CommitJournal();
  // What is told in the middle of a step belongs to that step, which is not counted yet.
  const begin = (office: string, number: number, process: number): void =>
    void beginnings.push({ office, number, process, first: run.step + 1 });
  run.observe({
    hears: isLeaderKind,
    sent(from, _to, _kind, body) {
      const { term } = body as Message;
      if (leaders.hear(from.index, term)) begin(STORE_OFFICE, term, from.index);
    },
  });
  journal.follow((changes) => {
    for (const { granted } of changes) {
      if (granted === null) continue;
      const name = granted.holder.split('/', 1)[0];
      begin(
        granted.role,
        granted.token,
        run.processes.findIndex((process) => process.name === name),
      );
    }
  }, 'grant');
  run.observe(journal);
  return beginnings;
}

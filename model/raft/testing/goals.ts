/** What a counter's clients and operators may expect: reads are linearizable, and the group recovers. */
import type { Operation, Property } from '../../../sim/index.ts';
import { leaderAmong } from '../host/leader-among.ts';
import type { CounterServerView } from './counter.ts';

interface Asked {
  readonly operation: Operation;
  /** Highest count that anybody had been told when it was asked. */
  readonly floor: number;
}

/**
 * A counter only grows, so it is linearizable as soon as no answer is below one that was given before its question, no two adds
 * get the same count, and no answer counts more adds than were asked for. Judged at the clients' boundary.
 */
export const linearizableReads: Property = {
  id: 'store/linearizable-reads',
  kind: 'always',
  title: 'a read sees everything that was acknowledged before it was asked for',
  monitor(report, scene) {
    const asked = new Map<number, Asked>();
    const taken = new Set<number>();
    let floor = 0;
    let adds = 0;
    scene.history().listen({
      invoked(operation) {
        asked.set(operation.id, { operation, floor });
        if (operation.name === 'add') adds++;
      },
      returned(operation) {
        const question = asked.get(operation.id)!;
        asked.delete(operation.id);
        if (operation.status !== 'ok') return;
        const count = operation.output as number;
        if (count < question.floor) {
          report.violated(
            `${operation.client} was answered ${count} to a ${operation.name}, after ${question.floor} had been told`,
          );
        }
        if (count > adds) report.violated(`${operation.client} was answered ${count}, and only ${adds} were added`);
        if (operation.name === 'add' && taken.has(count)) report.violated(`two adds were told to be number ${count}`);
        if (operation.name === 'add') taken.add(count);
        if (count > floor) floor = count;
      },
    });
    return {
      fullCheck() {
        const answered = scene.history().operations.filter(({ status }) => status === 'ok');
        for (const read of answered) {
          for (const before of answered) {
            // Steps count from the start; what was answered in the step of a question came before it or had no effect on it.
            if (before.returnedStep < read.invokedStep && (before.output as number) > (read.output as number)) {
              return `operation ${read.id} was answered ${String(read.output)} after ${String(before.output)} had been told`;
            }
          }
        }
        return null;
      },
    };
  },
};

/** As the storm asks it of a store: nobody stays behind what had been applied when all faults were over. */
export const membersCatchUp: Property = {
  id: 'store/members-catch-up',
  kind: 'eventually',
  title: 'after all faults are over, every member that runs comes to hold what had been applied by then',
  monitor: (_report, scene) => {
    const views = (): readonly (CounterServerView | null)[] =>
      scene
        .processes()
        .filter(({ name }) => name.startsWith('member-'))
        .map(({ name }) => scene.inspect(name) as CounterServerView | null);
    let goal = 0;
    return {
      healed: () => void (goal = Math.max(...views().map((view) => view?.applied ?? 0))),
      // A spare idles until it is added, whoever was removed is told nothing any more, and a
      // machine that was given up stays down.
      pending: () =>
        views().some((view) => view !== null && !view.removed && !view.isSpare && view.applied < goal)
          ? 'a member to catch up'
          : null,
    };
  },
};

/** For `eventually`: one leader, and every member holds the same. */
export const recovers: Property = {
  id: 'raft/recovers',
  kind: 'eventually',
  title: 'after all faults are over, members agree again',
  monitor: (_report, scene) => ({
    pending() {
      const views = scene
        .processes()
        .filter(({ name }) => name.startsWith('member-'))
        .map(({ name }) => scene.inspect(name) as CounterServerView | null);
      if (leaderAmong(views) === null) return 'a leader';
      let first: CounterServerView | null = null;
      for (const view of views) {
        // A spare idles until it is added, and whoever was removed has nothing to do any more.
        if (view !== null && (view.removed || view.isSpare)) continue;
        if (view === null || view.raft === null) return 'a member that is down';
        first ??= view;
        if (view.applied === 0 || view.applied !== first.applied || view.applied !== view.raft.lastIndex)
          return `member ${view.member} to catch up`;
        if (view.count !== first.count || view.hash !== first.hash) return `member ${view.member} to hold the same state`;
      }
      return null;
    },
  }),
};

/** Watch caches converge: after the heal every API server's cache holds what the store has had for a while, and nothing else. */
import { seconds, type Micros, type Monitor, type Observer, type Property, type Scene } from '../../../../sim/index.ts';
import type { ApiServerInspection } from '../../../api/server.ts';
import { isApplied } from '../../../raft/host/state-machine.ts';
import type { ChangeLog, ChangeLogOf } from './change-log.ts';

/** A cache may lag by so much: what is younger is not asked for. */
const LAG_US = seconds(1);

export function watchCachesConverge(logOf: ChangeLogOf): Property {
  return {
    id: 'platform/watch-caches-converge',
    kind: 'eventually',
    title: 'every watch cache comes to hold what the store holds',
    monitor: (_report, scene) => new WatchCachesConverge(scene, logOf(scene)),
  };
}

/** When the store came to a revision. */
interface Mark {
  readonly atUs: Micros;
  readonly revision: number;
}

class WatchCachesConverge implements Monitor {
  readonly sees = isApplied;
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly log: ChangeLog;
  /** Since the heal, in order; the newest that is old enough stands first. */
  private marks: Mark[] = [];
  private isHealed = false;

  constructor(scene: Scene, log: ChangeLog) {
    this.scene = scene;
    this.log = log;
    this.through = log.through;
  }

  /** What the store has by then is asked for even if nobody ever writes again. */
  healed(): void {
    this.isHealed = true;
    this.mark();
  }

  /** By whichever member. */
  crossed(): void {
    if (this.isHealed) this.mark();
  }

  private mark(): void {
    const revision = this.log.revision;
    const last = this.marks.at(-1);
    if (last === undefined || last.revision < revision) this.marks.push({ atUs: this.scene.nowUs(), revision });
  }

  *waits(): Iterable<string> {
    const dueUs = this.scene.nowUs() - LAG_US;
    let due = 0;
    while (due + 1 < this.marks.length && (this.marks[due + 1] as Mark).atUs <= dueUs) due++;
    this.marks.splice(0, due);
    const [mark] = this.marks;
    if (mark === undefined || mark.atUs > dueUs) {
      yield 'nothing that the store has is old enough to be asked for';
      return;
    }
    for (const { name } of this.scene.processes()) {
      if (!name.startsWith('api-')) continue;
      const view = this.scene.inspect(name) as ApiServerInspection | null;
      if (view === null) yield `${name} is down`;
      else yield* this.missing(name, view, mark.revision);
    }
  }

  /** What a server's caches lack of the state at a revision, or have besides it. What has changed since may be in them or not. */
  private *missing(server: string, { caches }: ApiServerInspection, revision: number): Iterable<string> {
    for (const { kind, ready, objects } of caches) {
      const log = this.log.of(kind);
      const state = log?.stateAt(revision) ?? null;
      if (log === null || state === null) continue;
      if (!ready) {
        yield `the cache of ${kind} at ${server} is not ready`;
        continue;
      }
      const changed = new Set<string>();
      for (let position = log.after(revision); position < log.end; position++) changed.add(log.at(position)?.name ?? '');
      const held = new Map(objects.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
      for (const [name, version] of state) {
        const own = held.get(name) ?? 0;
        if (own < version && !(own === 0 && changed.has(name)))
          yield `the cache of ${kind} at ${server} has ${name} at ${own}, and the store has had it at ${version}`;
      }
      for (const name of held.keys())
        if (!state.has(name) && !changed.has(name))
          yield `the cache of ${kind} at ${server} has ${name}, which the store has not`;
    }
  }
}

/**
 * Probes: situations that a swarm must have brought a system into at least once, else it is blind
 * there. Each layer has a table of them.
 */
import type { Boundary, Monitor, Observer, Process, Property, Refusal, Scene } from '../../../sim/index.ts';
import { isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import { oncePerRun } from './once-per-run.ts';

/** What a probe can look at. It looks where something crosses a boundary, and never scans everything. */
export interface Sight {
  readonly hit: () => void;
  readonly scene: Scene;
  /** What the group has committed; shared by all probes of a run. To be named in `through`. */
  readonly commits: FirstApplications;
}

/** One line of a table: its name, what has then been seen, and how. */
export type Probe<S = Sight> = readonly [name: string, title: string, watch: (sight: S) => Monitor];

/** The properties of a table. */
export function probesOf(layer: string, commitsOf: CommitsOf, table: readonly Probe[]): readonly Property[] {
  return table.map(([name, title, watch]) =>
    probe(`${layer}/${name}`, title, (hit, scene) => watch({ hit, scene, commits: commitsOf(scene) })),
  );
}

export function probe(id: string, title: string, watch: (hit: () => void, scene: Scene) => Monitor): Property {
  return { id, kind: 'sometimes', title, monitor: (report, scene) => watch(() => report.hit(), scene) };
}

/** Hears of an entry when the first member applies it. */
export type FirstApplication = (entry: AppliedEntry, member: Process) => void;

/** The committed order of a group: members apply in the order of the log, so first applications come in commit order. */
export class FirstApplications implements Observer {
  readonly sees = isApplied;
  index = 0;
  /** Of the newest entry. */
  term = 0;
  private readonly listeners: FirstApplication[] = [];

  /** A monitor that does nothing but listen. */
  listen(listener: FirstApplication): Monitor {
    this.listeners.push(listener);
    return { through: [this] };
  }

  crossed(process: Process, _what: Boundary, body: unknown): void {
    const entry = body as AppliedEntry;
    if (entry.index <= this.index) return;
    this.index = entry.index;
    for (const listener of this.listeners) listener(entry, process);
    this.term = entry.term;
  }
}

export type CommitsOf = (scene: Scene) => FirstApplications;

export function sharedCommits(): CommitsOf {
  return oncePerRun(() => new FirstApplications());
}

/** Operations of the recorded clients that wait for an answer. Those of a client that died are open for ever. */
export function openOperations(scene: Scene): { readonly count: number } {
  const open = { count: 0 };
  scene.history().listen({ invoked: () => void open.count++, returned: () => void open.count-- });
  return open;
}

/** Calls `refused` when a server says no: to a call, or by ending a stream. */
export function refusals(refused: (refusal: Refusal, from: Process, to: Process, call: number) => void): Monitor {
  return {
    hears: ({ name }) => name === 'rpc/refusal' || name === 'rpc/stream end',
    sent: (from, to, { name }, body) => {
      if (name !== 'rpc/refusal' && name !== 'rpc/stream end') return;
      const frame = body as { readonly call: number; readonly body: Refusal };
      refused(frame.body, from, to, frame.call);
    },
  };
}

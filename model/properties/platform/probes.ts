/** Probes: situations that a swarm must have brought the platform into at least once, else it is blind there. */
import { seconds, type Boundary, type Micros, type Monitor, type Property, type Scene } from '../../../sim/index.ts';
import { nodeLeaseName, type Workload } from '../../api/resources/index.ts';
import type { ControllerInspection } from '../../controllers/controller.ts';
import { controllerRole } from '../../controllers/options.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import { stateRestoredBoundary, type StateRestored } from '../../store/member/entry-result.ts';
import type { Change, CommitJournal, JournalOf, Subject } from './journal.ts';
import { isControl, QuorumWatch } from './quorum-watch.ts';

/** What a probe is made with. */
interface Context {
  readonly hit: () => void;
  readonly scene: Scene;
  readonly journal: CommitJournal;
}

export function platformProbes(journalOf: JournalOf): readonly Property[] {
  const probe = (name: string, title: string, make: (context: Context) => Monitor): Property => ({
    id: `platform/${name}`,
    kind: 'sometimes',
    title,
    monitor: (report, scene) => make({ hit: () => report.hit(), scene, journal: journalOf(scene) }),
  });
  return [
    probe('leader-change-under-request', 'the store changes its leader while an operator waits for an answer', leaderChangeUnderRequest),
    probe('lease-takeover', "a controller's lease passes from one process to another", leaseTakeover),
    probe('action-fenced', 'an action of an old leader is refused because of its token', (context) => refusal(context, 'rpc/refusal', 'fenced')),
    probe('watch-after-gap', 'a watch cannot go on because what it missed is compacted away', (context) => refusal(context, 'rpc/stream end', 'gone')),
    probe('snapshot-installed', 'a member of the store that lags gets a snapshot', snapshotInstalled),
    probe('unknown-outcome', 'an operator does not learn what became of its write', unknownOutcome),
    probe('repetition-recognised', 'the cloud answers a repeated request with its first result', repetitionRecognised),
    probe('paused-leader-resumed', 'a leader goes on after a pause in which another took over', pausedLeaderResumed),
    probe('quorum-regained', 'the store loses its majority and gets it back', quorumRegained),
    probe('workload-moved', 'workloads of a node that counts as lost are made anew elsewhere', workloadMoved),
  ];
}

/** Calls `changed` with what each commit changes that concerns one of these. */
function commits(journal: CommitJournal, subjects: readonly Subject[], changed: (change: Change) => void): Monitor {
  journal.follow((changes) => {
    for (const change of changes) changed(change);
  }, ...subjects);
  return { through: [journal] };
}

function leaderChangeUnderRequest({ hit, scene, journal }: Context): Monitor {
  let term = 0;
  let open = 0;
  scene.history().listen({
    invoked: ({ client }) => void (open += client.startsWith('operator-') ? 1 : 0),
    returned: ({ client }) => void (open -= client.startsWith('operator-') ? 1 : 0),
  });
  journal.listen((_changes, entry) => {
    if (entry.term <= term) return;
    if (term > 0 && open > 0) hit();
    term = entry.term;
  });
  return { through: [journal] };
}

/** Holders are called `process/…`. */
function leaseTakeover({ hit, journal }: Context): Monitor {
  const holders = new Map<string, string>();
  return commits(journal, ['grant'], ({ granted }) => {
    if (granted === null) return;
    const [from] = (holders.get(granted.role) ?? '').split('/');
    const [to] = granted.holder.split('/');
    holders.set(granted.role, granted.holder);
    if (from !== to && from !== '' && to !== '') hit();
  });
}

function refusal({ hit }: Context, kindName: string, code: string): Monitor {
  return {
    hears: ({ name }) => name === kindName,
    sent: (_from, _to, what, body) => {
      if (what.name === kindName && (body as { readonly body: { readonly code: string } }).body.code === code) hit();
    },
  };
}

/** What a member restores at its start is its own, and not newer than what it has applied in an earlier life. */
function snapshotInstalled({ hit }: Context): Monitor {
  /** By process. */
  const applied: number[] = [];
  return {
    sees: (what) => isApplied(what) || what === (stateRestoredBoundary as Boundary),
    crossed: ({ index: process }, what, body) => {
      const { index } = body as AppliedEntry | StateRestored;
      if (index <= (applied[process] ?? 0)) return;
      if (what === (appliedBoundary as Boundary)) applied[process] = index;
      else if (what === (stateRestoredBoundary as Boundary)) hit();
    },
  };
}

function unknownOutcome({ hit, scene }: Context): Monitor {
  scene.history().listen({
    returned: ({ client, status }) => {
      if (status === 'info' && client.startsWith('operator-')) hit();
    },
  });
  return {};
}

function repetitionRecognised({ hit }: Context): Monitor {
  const told = new Set<string>();
  return {
    hears: ({ name }) => name === 'cloud/provision answer',
    sent: (_from, _to, what, body) => {
      if (what.name !== 'cloud/provision answer') return;
      const { resource } = (body as { readonly body: { readonly resource: string } }).body;
      if (told.has(resource)) hit();
      told.add(resource);
    },
  };
}

function pausedLeaderResumed({ hit, scene, journal }: Context): Monitor {
  const pausedAt = new Map<string, { readonly role: string; readonly token: number }>();
  return {
    through: [journal],
    attends: isControl,
    stepped: () => {
      for (const { name, paused } of scene.processes()) {
        if (controllerRole(name) === null) continue;
        const before = pausedAt.get(name);
        if (paused && before === undefined) {
          const leading = (scene.inspect(name) as ControllerInspection | null)?.leading ?? null;
          if (leading !== null) pausedAt.set(name, leading);
        } else if (!paused && before !== undefined) {
          pausedAt.delete(name);
          if ((journal.tokens.get(before.role) ?? 0) > before.token) hit();
        }
      }
    },
  };
}

function quorumRegained({ hit, scene }: Context): Monitor {
  const quorum = new QuorumWatch(scene);
  let gained = 0;
  return {
    attends: isControl,
    stepped: () => {
      // The first time is the start of the run.
      if (quorum.stepped() && quorum.exists && ++gained > 1) hit();
    },
  };
}

/** Longer than any node lets its lease rest while it lives. */
const SILENCE_US = seconds(3);

function workloadMoved({ hit, scene, journal }: Context): Monitor {
  const renewedUs = new Map<string, Micros>();
  const isSilent = (node: string): boolean => scene.nowUs() - (renewedUs.get(nodeLeaseName(node)) ?? 0) > SILENCE_US;
  /** Owners that lost a workload with its node. */
  const bereft = new Set<string>();
  return commits(journal, ['Lease', 'Workload'], ({ object, previous }) => {
    if (object?.kind === 'Lease') {
      renewedUs.set(object.metadata.name, scene.nowUs());
    } else if (previous?.kind === 'Workload') {
      const { spec, metadata } = previous as Workload;
      const isGivenUp = metadata.deletionUs === null && (object === null || object.metadata.deletionUs !== null);
      if (isGivenUp && spec.node !== '' && isSilent(spec.node)) bereft.add(spec.owner);
      const node = (object as Workload | null)?.spec.node ?? '';
      if (spec.node === '' && node !== '' && bereft.has(spec.owner) && !isSilent(node)) hit();
    }
  });
}

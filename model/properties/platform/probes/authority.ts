/** Probes of who may act: leaders of the store and of roles, their leases, tokens and clocks. */
import { EventType, type Boundary, type Fault, type Monitor } from '../../../../sim/index.ts';
import type { ControllerInspection } from '../../../controllers/machinery/controller.ts';
import { controllerRole } from '../../../controllers/machinery/options.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../../raft/host/state-machine.ts';
import { stateRestoredBoundary, type StateRestored } from '../../../store/member/entry-result.ts';
import { isControl, QuorumWatch } from '../quorum-watch.ts';
import { commits, type PlatformSight } from './sight.ts';

export function leaderChangeUnderRequest({ hit, scene, journal }: PlatformSight): Monitor {
  let open = 0;
  scene.history().listen({
    invoked: ({ client }) => void (open += client.startsWith('operator-') ? 1 : 0),
    returned: ({ client }) => void (open -= client.startsWith('operator-') ? 1 : 0),
  });
  let latest = 0;
  journal.listen((_changes, { term }) => {
    if (term > latest && latest > 0 && open > 0) hit();
    latest = term;
  });
  return { through: [journal] };
}

/** Holders are called `process/…`. */
export function leaseTakeover({ hit, journal }: PlatformSight): Monitor {
  const holders = new Map<string, string>();
  return commits(journal, ['grant'], ({ granted }) => {
    if (granted === null) return;
    const [from] = (holders.get(granted.role) ?? '').split('/');
    const [to] = granted.holder.split('/');
    holders.set(granted.role, granted.holder);
    if (from !== to && from !== '' && to !== '') hit();
  });
}

/** What a member restores at its start is its own, and not newer than what it has applied in an earlier life. */
export function snapshotInstalled({ hit }: PlatformSight): Monitor {
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

export function unknownOutcome({ hit, scene }: PlatformSight): Monitor {
  scene.history().listen({
    returned: ({ client, status }) => {
      if (status === 'info' && client.startsWith('operator-')) hit();
    },
  });
  return {};
}

export function pausedLeaderResumed({ hit, scene, journal }: PlatformSight): Monitor {
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

export function quorumRegained({ hit, scene }: PlatformSight): Monitor {
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

/** Whoever was replaced runs and stands not still: it could not renew in time, and has to know so by itself. */
export function deposedAlive({ hit, scene, journal }: PlatformSight): Monitor {
  const holders = new Map<string, string>();
  return commits(journal, ['grant'], ({ granted }) => {
    if (granted === null) return;
    const [from] = (holders.get(granted.role) ?? '').split('/');
    const [to] = granted.holder.split('/');
    holders.set(granted.role, granted.holder);
    if (from === to || to === '') return;
    if (scene.processes().some(({ name, running, paused }) => name === from && running && !paused)) hit();
  });
}

export function clockStepsWhileLeading({ hit, journal }: PlatformSight): Monitor {
  /** By role, the process that holds it. */
  const holders = new Map<string, string>();
  const following = commits(journal, ['grant'], ({ granted }) => {
    if (granted !== null) holders.set(granted.role, granted.holder.split('/')[0] ?? '');
  });
  return {
    ...following,
    attends: (type) => type === EventType.control,
    stepped: ({ kind, body }) => {
      if (kind.name !== 'fault/begins' || (body as Fault).do !== 'step-clock') return;
      const { target } = body as Fault & { do: 'step-clock' };
      if (target.startsWith('role:') || [...holders.values()].includes(target)) hit();
    },
  };
}

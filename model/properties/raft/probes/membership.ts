/** Probes of groups that change, and of members that come from behind. */
import type { Kind, Monitor } from '../../../../sim/index.ts';
import {
  heartbeatKind,
  isWalFile,
  noMember,
  type ConfChange,
  type MemberId,
  type Message,
  type WalRecord,
} from '../../../raft/index.ts';
import { farewellKind } from '../../../raft/host/joining.ts';
import {
  snapshotChunkKind,
  snapshotChunkResponseKind,
  type SnapshotChunk,
  type SnapshotChunkResponse,
} from '../../../raft/host/snapshot-transfer.ts';
import type { Sight } from '../../shared/probe.ts';

export function changedMembership({ hit, commits }: Sight): Monitor {
  return commits.listen(({ change }) => {
    if (change !== null) hit();
  });
}

export function jointEntered({ hit, commits }: Sight): Monitor {
  return commits.listen(({ change }) => {
    if (change !== null && entersJoint(change)) hit();
  });
}

export function leaderChangedInJoint({ hit, commits }: Sight): Monitor {
  let joint = false;
  return commits.listen(({ change, term }) => {
    if (joint && term > commits.term) hit();
    if (change !== null) joint = entersJoint(change);
  });
}

function entersJoint({ changes, transition }: ConfChange): boolean {
  return changes.length > 1 || (changes.length === 1 && transition !== 'auto');
}

export function learnerPromoted({ hit, commits }: Sight): Monitor {
  const learners = new Set<MemberId>();
  return commits.listen(({ change }) => {
    for (const { change: what, member } of change?.changes ?? []) {
      if (what === 'add-voter' && learners.has(member)) hit();
      if (what === 'add-learner') learners.add(member);
      else if (what !== 'update') learners.delete(member);
    }
  });
}

export function leaderRemoved({ hit, commits }: Sight): Monitor {
  let leader: MemberId = noMember;
  const listening = commits.listen(({ change }) => {
    for (const { change: what, member } of change?.changes ?? []) if (what === 'remove' && member === leader) hit();
  });
  return {
    ...listening,
    hears: (kind) => kind === heartbeatKind,
    sent: (_from, _to, kind, body) => {
      if (kind === heartbeatKind && (body as Message).term >= commits.term) leader = (body as Message).from;
    },
  };
}

export function removedMemberTold({ hit }: Sight): Monitor {
  return {
    hears: (kind) => kind === (farewellKind as Kind),
    sent: (_from, _to, kind) => {
      if (kind === (farewellKind as Kind)) hit();
    },
  };
}

export function rejoinedUnderNewId({ hit }: Sight): Monitor {
  const ids = new Map<number, MemberId>();
  const emptied = new Set<number>();
  return {
    emptied: ({ index }) => void emptied.add(index),
    durable: ({ index }, file, _first, records) => {
      if (!isWalFile(file)) return;
      for (const { head } of records as readonly WalRecord[]) {
        if (head === null) continue;
        const before = ids.get(index);
        ids.set(index, head.member);
        if (emptied.has(index) && before !== undefined && before !== head.member) hit();
      }
    },
  };
}

export function chunkedSnapshotInstalled({ hit }: Sight): Monitor {
  /** By sender, receiver and transfer: the size of what is on its way. */
  const sizes = new Map<string, number>();
  return {
    hears: (kind) => kind === (snapshotChunkKind as Kind) || kind === (snapshotChunkResponseKind as Kind),
    sent: (from, to, kind, body) => {
      if (kind === (snapshotChunkKind as Kind)) {
        const { message, transfer } = body as SnapshotChunk;
        sizes.set(`${from.index} ${to.index} ${transfer}`, message.snapshot?.bytes ?? 0);
      } else if (kind === (snapshotChunkResponseKind as Kind)) {
        const { transfer, offset } = body as SnapshotChunkResponse;
        if (offset > 0 && sizes.get(`${to.index} ${from.index} ${transfer}`) === offset) hit();
      }
    },
  };
}

/** Probes of elections, of leaders that hand over, and of reads that depend on who leads. */
import { ms, seconds, type Kind, type Micros, type Monitor, type Process } from '../../../../sim/index.ts';
import {
  heartbeatKind,
  preVoteResponseKind,
  readIndexKind,
  readIndexResponseKind,
  snapshotKind,
  timeoutNowKind,
  voteKind,
  type Message,
} from '../../../raft/index.ts';
import { snapshotChunkKind } from '../../../raft/host/snapshot-transfer.ts';
import { openOperations, type Sight } from '../../shared/probe.ts';

/** A snapshot that was sent so lately is on its way, or being written. */
const ON_ITS_WAY_US = ms(300);
/** A read that has waited so long has been given up. */
const READ_WAITS_US = seconds(1);

export function electionDuringSnapshot({ hit, scene }: Sight): Monitor {
  let sentUs: Micros = -ON_ITS_WAY_US;
  let receiver = -1;
  return {
    hears: (kind) => kind === voteKind || kind === snapshotKind || kind === (snapshotChunkKind as Kind),
    sent: (from, to, kind) => {
      if (kind !== voteKind) {
        sentUs = scene.nowUs();
        receiver = to.index;
      } else if (scene.nowUs() - sentUs < ON_ITS_WAY_US && from.index !== receiver) hit();
    },
  };
}

export function splitVote({ hit }: Sight): Monitor {
  let term = 0;
  let candidate = -1;
  return {
    hears: (kind) => kind === voteKind,
    sent: ({ index }, _to, kind, body) => {
      if (kind !== voteKind) return;
      const message = body as Message;
      if (message.term === term && index !== candidate) hit();
      if (message.term <= term) return;
      term = message.term;
      candidate = index;
    },
  };
}

export function preVoteRefused({ hit }: Sight): Monitor {
  return {
    hears: (kind) => kind === preVoteResponseKind,
    sent: (_from, _to, kind, body) => {
      if (kind === preVoteResponseKind && (body as Message).reject) hit();
    },
  };
}

export function oldLeaderGoesOn({ hit }: Sight): Monitor {
  let term = 0;
  return {
    hears: (kind) => kind === heartbeatKind,
    sent: (_from, _to, kind, body) => {
      if (kind !== heartbeatKind) return;
      const message = body as Message;
      if (message.term < term) hit();
      else term = message.term;
    },
  };
}

export function transferUnderLoad({ hit, scene }: Sight): Monitor {
  const open = openOperations(scene);
  return {
    hears: (kind) => kind === timeoutNowKind,
    sent: (_from, _to, kind) => {
      if (kind === timeoutNowKind && open.count > 0) hit();
    },
  };
}

export function readRoundOvertaken({ hit, scene, commits }: Sight): Monitor {
  /** By follower, when it asked for the oldest read that was not allowed yet. */
  const waiting = new Map<Process, Micros>();
  const listening = commits.listen(({ term }) => {
    if (term === commits.term || commits.term === 0) return;
    for (const askedUs of waiting.values()) if (scene.nowUs() - askedUs < READ_WAITS_US) hit();
    waiting.clear();
  });
  return {
    ...listening,
    hears: (kind) => kind === readIndexKind || kind === readIndexResponseKind,
    sent: (from, to, kind) => {
      if (kind === readIndexResponseKind) waiting.delete(to);
      else if (kind === readIndexKind && !waiting.has(from)) waiting.set(from, scene.nowUs());
    },
  };
}

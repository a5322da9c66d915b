/** Probes of what clients ask and are told. */
import type { Kind, Monitor } from '../../../../sim/index.ts';
import { txnMethod } from '../../../store/member/methods.ts';
import type { Command, TxnResponse } from '../../../store/machine/requests.ts';
import { refusals, type Sight } from '../../shared/probe.ts';

export function refusedWith({ hit }: Sight, code: string): Monitor {
  return refusals((refusal) => {
    if (refusal.code === code) hit();
  });
}

export function leaderChangedUnderRequest(sight: Sight): Monitor {
  return refusedWith(sight, 'ErrLeaderChanged');
}

export function readCompacted(sight: Sight): Monitor {
  return refusedWith(sight, 'ErrCompacted');
}

export function unknownOutcome({ hit, scene }: Sight): Monitor {
  scene.history().listen({
    returned: ({ status }) => {
      if (status === 'info') hit();
    },
  });
  return {};
}

export function lostRace({ hit }: Sight): Monitor {
  const answerKind = txnMethod.response as Kind;
  return {
    hears: (kind) => kind === answerKind,
    sent: (_from, _to, kind, body) => {
      if (kind === answerKind && !(body as { readonly body: TxnResponse }).body.succeeded) hit();
    },
  };
}

export function commandRepeated({ hit, commits }: Sight): Monitor {
  /** By session, the newest command that was seen. */
  const seen = new Map<number, number>();
  return commits.listen(({ data }) => {
    const session = (data as Command | null)?.session ?? null;
    if (session === null) return;
    if ((seen.get(session.client) ?? 0) >= session.sequence) hit();
    else seen.set(session.client, session.sequence);
  });
}

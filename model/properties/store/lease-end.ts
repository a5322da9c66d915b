/** Lease end: a lease that nobody keeps alive any more ends, within a bound, once faults are over. */
import {
  formatTime,
  type Kind,
  type Micros,
  type Monitor,
  type Observer,
  type Process,
  type Property,
  type Scene,
} from '../../../sim/index.ts';
import { keepAliveMethod, type KeepAliveRequest } from '../../store/member/methods.ts';
import type { Committed, OracleOf, StoreOracle } from './oracle.ts';

/**
 * `slackUs`: what may pass beyond the TTL on a healthy store, for a change of leader, the scan and the commit of the revoke. Ages
 * count from the last keepalive that anybody sent. A lease that nobody has kept alive since the heal is waited for in any case: a
 * run that ended before its time was up would say nothing of it. Where the run has no more time, such a lease is not missing.
 */
export function leaseEnd(oracleOf: OracleOf, slackUs: Micros): Property {
  return {
    id: 'store/lease-end',
    kind: 'eventually',
    title: 'a lease that nobody keeps alive ends, and its keys with it',
    monitor: (_report, scene, keepEvidence) => new LeaseEnd(scene, oracleOf(scene, keepEvidence), slackUs),
  };
}

class LeaseEnd implements Monitor {
  readonly through: readonly Observer[];
  private readonly scene: Scene;
  private readonly oracle: StoreOracle;
  private readonly slackUs: Micros;
  /** When each living lease was granted, or was last asked to be kept alive. */
  private readonly heardUs = new Map<number, Micros>();
  private healedUs: Micros = 0;

  constructor(scene: Scene, oracle: StoreOracle, slackUs: Micros) {
    this.scene = scene;
    this.oracle = oracle;
    this.slackUs = slackUs;
    this.through = [oracle];
    oracle.listen({ committed: (committed) => this.committed(committed) });
  }

  healed(nowUs: Micros): void {
    this.healedUs = nowUs;
  }

  hears(what: Kind): boolean {
    return what === keepAliveKind;
  }

  sent(_from: Process, _to: Process, what: Kind, body: unknown): void {
    if (what !== keepAliveKind) return;
    const { id } = (body as { readonly body: KeepAliveRequest }).body;
    if (this.heardUs.has(id)) this.heardUs.set(id, this.scene.nowUs());
  }

  private committed(committed: Committed | null): void {
    if (committed === null || committed.isRefrained) return;
    const { request } = committed.command;
    if (request.kind === 'leaseGrant') this.heardUs.set(request.id, this.scene.nowUs());
    else if (request.kind === 'leaseRevoke') this.heardUs.delete(request.id);
  }

  *waits(isOver: boolean): Iterable<string> {
    const nowUs = this.scene.nowUs();
    for (const [id, heardUs] of this.heardUs) {
      const ttlUs = this.oracle.reference.leases.get(id);
      if (ttlUs === undefined) continue;
      const silentUs = nowUs - heardUs;
      if ((heardUs < this.healedUs && !isOver) || silentUs > ttlUs + this.slackUs)
        yield `lease ${id}, of ${ttlUs} µs, was kept alive last at ${formatTime(heardUs)} and has not ended`;
    }
  }
}

const keepAliveKind = keepAliveMethod.request as Kind;

/**
 * Lease minimum: a lease lives for its TTL since the last renewal that its holder knows of,
 * and is not called gone while it lives.
 */
import type { Kind, Micros, Monitor, Observer, Operation, Process, Property, Report, Scene } from '../../../sim/index.ts';
import {
  leaseGrantMethod,
  leaseRevokeMethod,
  leaseTimeToLiveMethod,
  type KeepAliveResponse,
  type Mutation,
} from '../../store/member/methods.ts';
import type { LeaseGrantResponse, LeaseRevokeRequest } from '../../store/machine/requests.ts';
import { forgetOldest } from '../shared/forget-oldest.ts';
import { committedOrder } from './evidence.ts';
import { isKeepAlive, type Committed, type OracleOf, type StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

/** Leases remembered of those that expired: an answer that is still to come is about one of these. */
const EXPIRED = 1_024;

/**
 * Time counts from the invocation of the grant or keepalive, which is all that a client can count from, to the commit of the
 * revoke. The primary measures it by its own clock, which may run fast: so it is judged by all members' clocks, and only broken
 * when none of them has seen the TTL pass. A revoke that a client asked for is no expiry.
 */
export function leaseMinimum(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/lease-minimum',
    kind: 'always',
    title: 'a lease does not end before its TTL has passed since its last acknowledged renewal',
    monitor: (report, scene, keepEvidence) => new LeaseMinimum(report, scene, oracleOf(scene, keepEvidence), rules),
  };
}

/** One reading of each member's clock. */
type Readings = readonly Micros[];

interface Renewal {
  readonly leaseId: number;
  readonly ttlUs: Micros;
  readonly since: Readings;
}

/** A grant or keepalive under way. */
interface Asking {
  readonly since: Readings;
  /** The lease of a keepalive existed when it was asked for. */
  readonly existed: boolean;
}

interface Ended {
  readonly at: Readings;
}

class LeaseMinimum implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;
  private readonly asking = new Map<Operation, Asking>();
  /** The latest acknowledged renewal of each living lease. */
  private readonly renewals = new Map<number, Renewal>();
  /** Leases that expired. */
  private readonly expired = new Map<number, Ended>();
  /** Ids of the revokes that clients have sent. */
  private readonly asked = new Set<string>();
  private readonly renewed: Renewal[] = [];

  constructor(report: Report, scene: Scene, oracle: StoreOracle, rules: StoreRules) {
    this.report = report;
    this.scene = scene;
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({
      committed: (committed) => {
        if (committed !== null && committed.command.request.kind === 'leaseRevoke') this.revoked(committed);
      },
    });
    scene.history().listen({
      invoked: (operation) => this.invoked(operation),
      returned: (operation) => this.returned(operation),
    });
  }

  hears(what: Kind): boolean {
    return what === revokeKind;
  }

  sent(_from: Process, _to: Process, what: Kind, body: unknown): void {
    if (what === revokeKind) this.asked.add((body as { readonly body: Mutation<LeaseRevokeRequest> }).body.id);
  }

  private revoked({ command, expected, isRefrained }: Committed): void {
    const isAsked = this.asked.delete(command.requestId);
    if (isRefrained || expected.kind === 'error') return;
    const { id } = command.request as LeaseRevokeRequest;
    const renewal = this.renewals.get(id);
    this.renewals.delete(id);
    if (isAsked) return;
    const ended: Ended = { at: this.read() };
    this.expired.set(id, ended);
    forgetOldest(this.expired, EXPIRED);
    if (renewal !== undefined) this.judge(renewal, ended);
  }

  crashed(process: Process): void {
    for (const operation of [...this.asking.keys()]) if (operation.client === process.name) this.asking.delete(operation);
  }

  private invoked(operation: Operation): void {
    if (isKeepAlive(operation) || isTimeToLive(operation)) {
      this.asking.set(operation, { since: this.read(), existed: this.oracle.reference.leases.has(leaseOf(operation)) });
    } else if (operation.name === leaseGrantMethod.name) {
      this.asking.set(operation, { since: this.read(), existed: false });
    }
  }

  private returned(operation: Operation): void {
    const asking = this.asking.get(operation);
    if (asking === undefined) return;
    this.asking.delete(operation);
    if (operation.status !== 'ok') return;
    const { id, ttlUs } = operation.output as KeepAliveResponse | LeaseGrantResponse;
    const isAsked = isTimeToLive(operation);
    if (isAsked && ttlUs !== -1) return;
    if (isAsked || ttlUs === 0) {
      if (asking.existed && this.oracle.reference.leases.has(id)) this.report.violated(calledGone(operation, id));
      return;
    }
    const renewal: Renewal = { leaseId: id, ttlUs, since: asking.since };
    if (this.oracle.evidence !== null) this.renewed.push(renewal);
    const ended = this.expired.get(id);
    if (ended !== undefined) this.judge(renewal, ended);
    else if (this.oracle.reference.leases.has(id)) this.renewals.set(id, renewal);
  }

  private judge(renewal: Renewal, ended: Ended): void {
    if (tooEarly(renewal, ended)) this.report.violated(early(renewal, ended));
  }

  /** The clocks of all members that were heard of, now. */
  private read(): Readings {
    const nowUs = this.scene.nowUs();
    return this.oracle.members.map(({ clock }) => clock.monotonic(nowUs));
  }

  fullCheck(): string | null {
    for (const renewal of this.renewed) {
      const ended = this.expired.get(renewal.leaseId);
      if (ended !== undefined && tooEarly(renewal, ended)) return early(renewal, ended);
    }
    const evidence = this.oracle.evidence ?? [];
    const { steps } = committedOrder(evidence, this.rules);
    const leasesAt = (position: number): ReadonlySet<number> => steps.findLast((step) => step.position < position)!.leases;
    for (const [position, fact] of evidence.entries()) {
      if (fact.type !== 'returned' || fact.status !== 'ok') continue;
      const isAsked = isTimeToLive(fact.operation);
      if (!isAsked && !isKeepAlive(fact.operation)) continue;
      const { id, ttlUs } = fact.output as KeepAliveResponse;
      const invokedAt = evidence.findIndex((other) => other.type === 'invoked' && other.operation === fact.operation);
      if (ttlUs === (isAsked ? -1 : 0) && leasesAt(invokedAt).has(id) && leasesAt(position).has(id))
        return calledGone(fact.operation, id);
    }
    return null;
  }
}

const revokeKind = leaseRevokeMethod.request as Kind;

function leaseOf(operation: Operation): number {
  return (operation.input as { readonly request: { readonly id: number } }).request.id;
}

function tooEarly({ since, ttlUs }: Renewal, { at }: Ended): boolean {
  // A member heard of since may be the primary, and its clock the one that counts.
  return since.length === at.length && since.every((reading, member) => at[member]! - reading < ttlUs);
}

function early({ leaseId, ttlUs, since }: Renewal, { at }: Ended): string {
  const lived = Math.max(...since.map((reading, member) => at[member]! - reading));
  return `lease ${leaseId} ended ${lived} µs after a renewal that its holder knows of, before its TTL of ${ttlUs} µs`;
}

/** A lease that nobody knows is told as one with −1 left. */
function isTimeToLive({ name }: Operation): boolean {
  return name === leaseTimeToLiveMethod.name;
}

function calledGone({ client, name }: Operation, id: number): string {
  return `${client} was told by a ${name} that lease ${id} is gone, but it lives`;
}

/** Actions carry tokens: what a controller asks the API to write travels under the token of its lease. */
import type { Kind, Monitor, Process, Property, Report } from '../../../sim/index.ts';
import {
  createMethod,
  deleteMethod,
  statusMethod,
  updateMethod,
  type CreateRequest,
  type DeleteRequest,
  type StatusRequest,
  type UpdateRequest,
} from '../../api/methods.ts';
import { controllerRole } from '../../controllers/machinery/options.ts';

/**
 * Judged at the sending. A write without a token cannot be refused when its author is a leader no more, and nothing that is
 * accepted shows that it should have had one: the other invariants of leadership would not see it. Leases are how a token is got.
 */
export function actionsCarryTokens(): Property {
  return {
    id: 'platform/actions-carry-tokens',
    kind: 'always',
    title: 'leader-only actions travel under a fencing token',
    monitor: (report, _scene, keepEvidence) => new ActionsCarryTokens(report, keepEvidence),
  };
}

type WriteRequest = CreateRequest | UpdateRequest | StatusRequest | DeleteRequest;

interface Sent {
  readonly from: string;
  readonly method: string;
  readonly request: WriteRequest;
}

const writes: readonly Kind[] = [createMethod.request, updateMethod.request, statusMethod.request, deleteMethod.request];

class ActionsCarryTokens implements Monitor {
  private readonly report: Report;
  private readonly evidence: Sent[] | null;

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return writes.includes(what);
  }

  sent(from: Process, _to: Process, what: Kind, body: unknown): void {
    if (!writes.includes(what)) return;
    const sent: Sent = { from: from.name, method: what.name, request: (body as { readonly body: WriteRequest }).body };
    this.evidence?.push(sent);
    if (lacksToken(sent)) this.report.violated(say(sent));
  }

  fullCheck(): string | null {
    const bare = this.evidence?.find(lacksToken);
    return bare === undefined ? null : say(bare);
  }
}

function lacksToken({ from, request }: Sent): boolean {
  return controllerRole(from) !== null && request.kind !== 'Lease' && request.fence === null;
}

function say({ from, method, request }: Sent): string {
  return `${from} asks for ${method} of ${request.kind} ${request.name} without the token of its lease`;
}

/**
 * A resource that only one may use at a time and that stands outside the store: it takes whoever brings the newest token, and
 * refuses whoever comes with an older one. What it has taken is on its disk before it says so.
 */
import {
  boundary,
  method,
  Panic,
  RpcServer,
  type Boot,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
  type Reply,
} from '../../../sim/index.ts';
import type { DefectSet } from '../../defect.ts';

/** Name of its process. */
export const GUARDED_RESOURCE = 'guarded-resource';

/** One use, on behalf of a holder of the lock that guards the resource. */
export interface UseRequest {
  readonly lock: string;
  readonly holder: string;
  readonly token: number;
}

/** An entry of the resource's own log. */
export interface Use extends UseRequest {
  /** From 1. After a crash entries may be told again: a listener skips those it has seen. */
  readonly sequence: number;
}

/** Refusal codes: `fenced`, `unavailable`. */
export const useMethod = method<UseRequest, { readonly sequence: number }>('guarded-resource/use', {
  describeRequest: ({ lock, token }) => `use what ${lock} guards, under token ${token}`,
});

export const usedBoundary = boundary<Use>(
  'guarded-resource/used',
  ({ lock, holder, token }) => `${holder} uses what ${lock} guards, under token ${token}`,
);

export function guardedResource(defects: DefectSet): Boot {
  return (os) => new GuardedResource(os, defects);
}

const FILE = 'uses';
/** Below a sector, so that a crash never tears one. */
const RECORD_BYTES = 96;

class GuardedResource implements Program {
  private readonly os: Os;
  private readonly ignoresTokens: boolean;
  private readonly server = new RpcServer();
  /** The newest token by lock. */
  private readonly tokens = new Map<string, number>();
  private uses = 0;
  private recovered = false;

  constructor(os: Os, defects: DefectSet) {
    this.os = os;
    this.ignoresTokens = defects.has('resource-ignores-token');
    this.server.handle(useMethod, (request, reply) => this.use(request, reply));
  }

  start(): void {
    // What a killed predecessor had written may stand in the page cache only; it counts from when it is durable.
    this.os.disk.fsync(FILE, () => this.recover());
  }

  /** Nobody is listening before the log is read. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.server.accept(connection) : null;
  }

  inspect(): unknown {
    return { uses: this.uses, tokens: Object.fromEntries(this.tokens) };
  }

  private recover(): void {
    this.os.disk.read(FILE, (records, error) => {
      if (error !== null) throw new Panic(`cannot read its log: ${error}`);
      for (const record of records) {
        if (!record.ok) throw new Panic('its log is damaged');
        this.take(record.value as Use);
        this.os.cross(usedBoundary, record.value as Use);
      }
      this.recovered = true;
    });
  }

  private use(request: UseRequest, reply: Reply<{ readonly sequence: number }>): void {
    const { lock, token } = request;
    const newest = this.tokens.get(lock) ?? 0;
    if (token < newest && !this.ignoresTokens) {
      reply.refuse('fenced', `token ${token} of ${lock} is older than ${newest}`);
      return;
    }
    const use: Use = { sequence: this.uses + 1, ...request };
    const error = this.os.disk.append(FILE, use, RECORD_BYTES);
    if (error !== null) {
      reply.refuse('unavailable', `nothing was done: ${error}`);
      return;
    }
    this.take(use);
    this.os.disk.fsync(FILE, () => {
      this.os.cross(usedBoundary, use);
      reply.ok({ sequence: use.sequence });
    });
  }

  private take({ sequence, lock, token }: Use): void {
    this.uses = sequence;
    this.tokens.set(lock, Math.max(token, this.tokens.get(lock) ?? 0));
  }
}

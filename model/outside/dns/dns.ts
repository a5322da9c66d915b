/**
 * The provider's DNS as a process: it does what it is asked to do, compares what it is asked to
 * compare, and keeps its log on its own disk.
 */
import {
  Panic,
  RpcServer,
  type Boot,
  type Connection,
  type ConnectionHandler,
  type Os,
  type Program,
  type Reply,
} from '../../../sim/index.ts';
import {
  activateMethod,
  deletePlanMethod,
  putPlanMethod,
  releaseNameMethod,
  resolveMethod,
  toldBoundary,
  zoneBoundary,
  zoneMethod,
  type ZoneAction,
  type ZoneEntry,
} from './methods.ts';
import { Zone } from './zone.ts';

export function dnsProvider(): Boot {
  return (os) => new Dns(os);
}

/** What it shows of itself. */
export interface DnsView {
  readonly entries: readonly ZoneEntry[];
}

/** A record of its log: the action, and up to which one all had been reported when it was written. */
interface DnsRecord {
  readonly action: ZoneAction;
  readonly reported: number;
}

const FILE = 'zone';
/** Below a sector, so that a crash never tears one. */
const RECORD_BYTES = 256;

class Dns implements Program {
  private readonly os: Os;
  /** With what is on its way to the disk: what comes next is decided by this. */
  private readonly zone = new Zone();
  /** What of it is durable, and can no longer be taken back: whoever asks is answered from this. */
  private readonly served = new Zone();
  private readonly server = new RpcServer();
  private recovered = false;
  private reported = 0;

  constructor(os: Os) {
    this.os = os;
    const { server, zone, served } = this;
    server.handle(putPlanMethod, ({ service, record, number, targets }, reply) => {
      if (zone.released(service)) this.refuse(reply, 'released', `${service} was released`);
      else if (zone.entry(service)?.plans.includes(number) === true) this.settle(reply);
      else this.act({ action: 'put', service, record, number, targets }, reply);
    });
    server.handle(activateMethod, ({ service, number, expected }, reply) => {
      const entry = zone.entry(service);
      if (zone.released(service)) this.refuse(reply, 'released', `${service} was released`);
      else if (entry === null || !entry.plans.includes(number))
        this.refuse(reply, 'not-found', `plan ${number} of ${service} has no record set`);
      else if (expected !== null && entry.active !== expected)
        this.refuse(reply, 'conflict', `plan ${entry.active} of ${service} is active, not ${expected}`);
      else this.act({ action: 'activate', service, record: entry.record, number, targets: [] }, reply);
    });
    server.handle(deletePlanMethod, ({ service, number, unlessActive }, reply) => {
      const entry = zone.entry(service);
      if (entry === null || !entry.plans.includes(number)) this.settle(reply);
      else if (unlessActive && entry.active === number) this.refuse(reply, 'active', `plan ${number} of ${service} is active`);
      else this.act({ action: 'delete', service, record: entry.record, number, targets: [] }, reply);
    });
    server.handle(releaseNameMethod, ({ service }, reply) => {
      if (zone.released(service)) this.settle(reply);
      else this.act({ action: 'release', service, record: zone.entry(service)?.record ?? '', number: 0, targets: [] }, reply);
    });
    server.handle(zoneMethod, (_, reply) => {
      const entries = served.entries();
      for (const { service, record, active } of entries) this.os.cross(toldBoundary, { service, record, number: active });
      reply.ok({ entries });
    });
    server.handle(resolveMethod, ({ record }, reply) => {
      const answer = served.resolve(record);
      if (answer === null) {
        reply.refuse('no-such-name', `${record} leads nowhere`);
        return;
      }
      this.os.cross(toldBoundary, { service: served.serviceOf(record), record, number: answer.number });
      reply.ok(answer);
    });
  }

  start(): void {
    // What a killed predecessor had written may stand in the page cache only; it counts from when it is durable.
    this.os.disk.fsync(FILE, () =>
      this.os.disk.read(FILE, (records, error) => {
        if (error !== null) throw new Panic(`cannot read its log: ${error}`);
        for (const record of records) {
          if (!record.ok) throw new Panic('its log is damaged');
          const { action, reported } = record.value as DnsRecord;
          this.zone.apply(action);
          this.served.apply(action);
          this.reported = reported;
        }
        for (const record of records) if (record.ok) this.report((record.value as DnsRecord).action);
        this.recovered = true;
      }),
    );
  }

  /** Nobody is listening before the log is read. */
  accept(connection: Connection): ConnectionHandler | null {
    return this.recovered ? this.server.accept(connection) : null;
  }

  inspect(): DnsView {
    return { entries: this.zone.entries() };
  }

  /** Takes an action into the log and answers when it is durable. */
  private act(what: Omit<ZoneAction, 'sequence'>, reply: Reply<null>): void {
    const action: ZoneAction = { sequence: this.zone.nextSequence, ...what };
    const record: DnsRecord = { action, reported: this.reported };
    const error = this.os.disk.append(FILE, record, RECORD_BYTES);
    if (error !== null) {
      reply.refuse('unavailable', `nothing was done: ${error}`);
      return;
    }
    this.zone.apply(action);
    this.os.disk.fsync(FILE, () => {
      this.served.apply(action);
      this.report(action);
      reply.ok(null);
    });
  }

  /** It was done before, which may still be on its way to the disk. */
  private settle(reply: Reply<null>): void {
    this.os.disk.fsync(FILE, () => reply.ok(null));
  }

  /** For what was done before, which may still be on its way to the disk: then nobody hears of it until it is there. */
  private refuse(reply: Reply<null>, code: string, message: string): void {
    if (this.served.nextSequence === this.zone.nextSequence) reply.refuse(code, message);
    else this.os.disk.fsync(FILE, () => reply.refuse(code, message));
  }

  private report(action: ZoneAction): void {
    if (action.sequence <= this.reported) return;
    this.reported = action.sequence;
    this.os.cross(zoneBoundary, action);
  }
}

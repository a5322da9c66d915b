/** Where the status of nodes stands, on either side of consensus: it is reported there, and read. */
import { Channel, ms, type CallOutcome, type Co, type Micros, type Os } from '../../../sim/index.ts';
import { nearestFirst } from '../../api/nearest.ts';
import { orderText } from '../../api/record-order.ts';
import type { Design } from '../../design.ts';
import type { Placement, Records } from '../placement.ts';
import { readStatusMethod, reportStatusMethod, type Position, type StatusReport } from './methods.ts';

export interface StatusPlace {
  /** Returns when that is settled; what did not come is followed by the next. */
  report(report: StatusReport): Co<void>;
  /** How far each of these nodes has come, as far as somebody knows. */
  read(nodes: readonly string[]): Co<ReadonlyMap<string, Position>>;
}

const READ_US = ms(1_000);

/** Null where there are no status stores: then nothing is reported. */
export function statusPlace(os: Os, placement: Placement, design: Design): StatusPlace | null {
  if (placement.statusStores.length === 0) return null;
  const records = placement.inside('status-blobs');
  return records === null ? new StatusOutside(os, placement.statusStores, design) : new StatusInside(records);
}

/** The status stores; that of the own region comes first. */
class StatusOutside implements StatusPlace {
  private readonly channel: Channel;
  private readonly reportUs: Micros;

  constructor(os: Os, stores: readonly string[], { statusEveryUs }: Design) {
    this.channel = new Channel(os, nearestFirst(stores, os.region), { rotateOnDeadline: true });
    this.reportUs = statusEveryUs;
  }

  *report(report: StatusReport): Co<void> {
    yield* this.channel.call(reportStatusMethod, report, this.reportUs);
  }

  *read(nodes: readonly string[]): Co<ReadonlyMap<string, Position>> {
    const outcome = yield* this.channel.call(readStatusMethod, { nodes }, READ_US);
    return new Map(
      outcome.status === 'ok'
        ? outcome.value.reports.map(({ node, incarnation, sequence }) => [node, { incarnation, sequence }])
        : [],
    );
  }
}

/** In consensus each workload has a record of its own, and each node one with all that hangs on it. */
class StatusInside implements StatusPlace {
  private readonly records: Records;

  constructor(records: Records) {
    this.records = records;
  }

  *report({ node, incarnation, sequence, samples, blobBytes }: StatusReport): Co<void> {
    for (const { workload, phase } of samples)
      yield* this.records.record('StatusSample', `${node}.${workload}`, { data: `${phase} ${sequence}` });
    yield* this.records.record('StatusBlob', node, { data: `${orderText(incarnation, sequence)} `.padEnd(blobBytes, 'x') });
  }

  *read(nodes: readonly string[]): Co<ReadonlyMap<string, Position>> {
    const positions = new Map<string, Position>();
    for (const node of nodes) {
      const position = positionIn(yield* this.records.readRecord('StatusBlob', node));
      if (position !== null) positions.set(node, position);
    }
    return positions;
  }
}

const POSITION = /^(?<incarnation>\d+)\.(?<sequence>\d+) /;

function positionIn(outcome: CallOutcome<{ readonly data: string }>): Position | null {
  const { incarnation, sequence } = (outcome.status === 'ok' ? POSITION.exec(outcome.value.data)?.groups : undefined) ?? {};
  return incarnation === undefined || sequence === undefined
    ? null
    : { incarnation: Number(incarnation), sequence: Number(sequence) };
}

/** Faults as plain data: one vocabulary for scenarios, swarm, shrinker, terminal UI and recordings. */
import type { Target } from './target.ts';
import { formatTime, type Micros } from '../time.ts';

interface Timed {
  /** When it begins. */
  readonly at: Micros;
}

interface Lasting extends Timed {
  /** How long it lasts; absent: until the faults of the run are healed. */
  readonly for?: Micros;
}

/** Messages between two targets, in one or both directions. */
interface OnLinks extends Lasting {
  readonly from: Target;
  readonly to: Target;
  /** Only from `from` to `to`; both ways when absent. */
  readonly oneWay?: boolean;
}

export type Fault =
  /** The machine loses power: memory and unsynced writes are gone, peers hear nothing. Starts again at the end. */
  | (Lasting & { readonly do: 'crash'; readonly target: Target })
  /** As `crash`, and the machine comes back with an empty disk. */
  | (Lasting & { readonly do: 'lose-disk'; readonly target: Target })
  /** The process ends, the machine goes on: written data stays, peers are told at once. Starts again at the end. */
  | (Lasting & { readonly do: 'kill'; readonly target: Target })
  /** The process is stopped (SIGSTOP): messages queue up, its memory stays. */
  | (Lasting & { readonly do: 'pause'; readonly target: Target })
  /** Every event takes the process `factor` times as long. */
  | (Lasting & { readonly do: 'slow'; readonly target: Target; readonly factor: number })
  /** All processes of a region lose power at once. */
  | (Lasting & { readonly do: 'lose-region'; readonly region: string })
  /** Nothing passes. */
  | (OnLinks & { readonly do: 'partition' })
  /** Nothing passes between the target and anybody else; those whom it names still hear each other. */
  | (Lasting & { readonly do: 'isolate'; readonly target: Target })
  /** Messages (of the kind whose name starts with `kind`) take longer. */
  | (OnLinks & { readonly do: 'delay'; readonly byUs: Micros; readonly kind?: string })
  /** Messages are lost; on a connection that costs delay. */
  | (OnLinks & { readonly do: 'lose'; readonly percent: number; readonly kind?: string })
  /** Datagrams arrive twice. */
  | (OnLinks & { readonly do: 'duplicate'; readonly percent: number })
  /** All connections of the target break. */
  | (Timed & { readonly do: 'reset'; readonly target: Target })
  | (Lasting & { readonly do: 'slow-disk'; readonly target: Target; readonly factor: number })
  /** The disk completes nothing. */
  | (Lasting & { readonly do: 'stall-disk'; readonly target: Target })
  | (Lasting & { readonly do: 'fill-disk'; readonly target: Target })
  | (Lasting & { readonly do: 'fail-reads'; readonly target: Target })
  /** Syncs fail, and what they were to make durable is lost. */
  | (Lasting & { readonly do: 'fail-writes'; readonly target: Target })
  /** One durable record of the files whose name begins with `file` (of any file when absent) fails its checksum from now on. */
  | (Timed & { readonly do: 'rot'; readonly target: Target; readonly file?: string })
  /** The wall clock jumps. */
  | (Timed & { readonly do: 'step-clock'; readonly target: Target; readonly byUs: Micros })
  /** The clock runs fast (positive) or slow. */
  | (Lasting & { readonly do: 'drift-clock'; readonly target: Target; readonly ppm: number });

export type FaultName = Fault['do'];

/** The catalogue: every fault with what it does, for `quorate list faults` and for error messages. */
export const faultCatalogue: readonly { readonly id: FaultName; readonly title: string; readonly fields: readonly string[] }[] = [
  { id: 'crash', title: 'the machine loses power; unsynced writes are lost', fields: ['target', 'for'] },
  { id: 'lose-disk', title: 'the machine loses power and its disk: it comes back with an empty one', fields: ['target', 'for'] },
  { id: 'kill', title: 'the process ends, but its machine keeps running', fields: ['target', 'for'] },
  { id: 'pause', title: 'the process stands still without knowing it', fields: ['target', 'for'] },
  { id: 'slow', title: 'the process is slower by a factor', fields: ['target', 'factor', 'for'] },
  { id: 'lose-region', title: 'all machines of a region lose power at once', fields: ['region', 'for'] },
  { id: 'partition', title: 'nothing passes between two groups, or in one direction', fields: ['from', 'to', 'oneWay', 'for'] },
  { id: 'isolate', title: 'nothing passes between a process and all others', fields: ['target', 'for'] },
  { id: 'delay', title: 'messages (of one kind) take longer', fields: ['from', 'to', 'oneWay', 'byUs', 'kind', 'for'] },
  {
    id: 'lose',
    title: 'a share of the messages (of one kind) is lost',
    fields: ['from', 'to', 'oneWay', 'percent', 'kind', 'for'],
  },
  { id: 'duplicate', title: 'a share of the datagrams arrives twice', fields: ['from', 'to', 'oneWay', 'percent', 'for'] },
  { id: 'reset', title: 'all connections of a process break', fields: ['target'] },
  { id: 'slow-disk', title: 'the disk is slower by a factor', fields: ['target', 'factor', 'for'] },
  { id: 'stall-disk', title: 'the disk completes nothing', fields: ['target', 'for'] },
  { id: 'fill-disk', title: 'the disk is full', fields: ['target', 'for'] },
  { id: 'fail-reads', title: 'reads of the disk fail', fields: ['target', 'for'] },
  { id: 'fail-writes', title: 'syncs of the disk fail, and what was written is lost', fields: ['target', 'for'] },
  { id: 'rot', title: 'a durable record rots', fields: ['target', 'file'] },
  { id: 'step-clock', title: 'the wall clock jumps', fields: ['target', 'byUs'] },
  { id: 'drift-clock', title: 'the clock runs fast or slow', fields: ['target', 'ppm', 'for'] },
];

/** Data that was durable is gone, or rotten, for good: what a group of replicas bears only of a minority. */
export function losesData({ do: name }: Fault): boolean {
  return name === 'lose-disk' || name === 'rot';
}

/** One line in words, such as `pause n1 for 2.000000 s`. */
export function describeFault(fault: Fault): string {
  const lasting = 'for' in fault && fault.for !== undefined ? ` for ${formatTime(fault.for)}` : '';
  const between =
    'from' in fault ? ` from ${sayTarget(fault.from)} to ${sayTarget(fault.to)}${fault.oneWay ? '' : ' and back'}` : '';
  const on = 'target' in fault ? ` ${sayTarget(fault.target)}` : '';
  const ofKind = 'kind' in fault && fault.kind !== undefined ? ` of ${fault.kind}` : '';
  switch (fault.do) {
    case 'slow':
    case 'slow-disk':
      return `${fault.do}${on} by ${fault.factor}${lasting}`;
    case 'lose-disk':
      return `lose the disk of${on}${lasting === '' ? '' : `, back after ${lasting.slice(' for '.length)}`}`;
    case 'lose-region':
      return `lose region ${fault.region}${lasting}`;
    case 'delay':
      return `delay messages${ofKind}${between} by ${formatTime(fault.byUs)}${lasting}`;
    case 'lose':
      return `lose ${fault.percent} % of messages${ofKind}${between}${lasting}`;
    case 'duplicate':
      return `duplicate ${fault.percent} % of datagrams${between}${lasting}`;
    case 'step-clock':
      return `step the clock of${on} by ${formatTime(fault.byUs)}`;
    case 'drift-clock':
      return `let the clock of${on} drift by ${fault.ppm} ppm${lasting}`;
    case 'rot':
      return `rot a record of ${fault.file === undefined ? 'a file' : `${fault.file}*`} of${on}`;
    default:
      return `${fault.do}${on}${between}${lasting}`;
  }
}

const NAMES_SAID = 3;

/** A fault that strikes half of the world is not told better by all its names. */
function sayTarget(target: Target): string {
  const names = target.split(',');
  return names.length <= NAMES_SAID + 1
    ? target
    : `${names.slice(0, NAMES_SAID).join(',')} and ${names.length - NAMES_SAID} others`;
}

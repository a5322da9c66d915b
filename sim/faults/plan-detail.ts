/**
 * What makes a drawn fault more particular: all clocks of a region instead of one, one kind of messages instead of all, one
 * sort of files, a disk that does not write instead of one that is full. A stream of its own draws it, so that a plan
 * without it is the same but for that.
 */
import type { Fault } from './fault.ts';
import { names, regionsOf, together, type Limits } from './plan-fault.ts';
import type { Stream } from '../random.ts';
import type { Target } from './target.ts';

/** How often, in percent. */
const SHARED_CLOCKS = 35;
const OF_ONE_KIND = 40;
const OF_ONE_FILE = 60;
const NOT_FULL_BUT_FAILING = 40;
/** What is lost of one kind alone may be a larger share: whatever else there is gets through. */
const LOST_OF_ONE_KIND = [10, 60] as const;

/** The fault, or a more particular one of its sort. */
export function detail(stream: Stream, fault: Fault, limits: Limits): Fault {
  switch (fault.do) {
    case 'step-clock':
    case 'drift-clock':
      return stream.percent(SHARED_CLOCKS) ? { ...fault, target: withOneClock(stream, limits) } : fault;
    case 'delay':
      return { ...fault, ...ofOneKind(stream, limits) };
    case 'lose': {
      const particular = ofOneKind(stream, limits);
      return particular === null ? fault : { ...fault, ...particular, percent: stream.between(...LOST_OF_ONE_KIND) };
    }
    case 'rot': {
      const files = limits.groups.find(({ members }) => members.some(({ name }) => name === fault.target))?.files ?? [];
      return files.length > 0 && stream.percent(OF_ONE_FILE) ? { ...fault, file: stream.pick(files) } : fault;
    }
    case 'fill-disk':
      return stream.percent(NOT_FULL_BUT_FAILING) ? { ...fault, do: 'fail-writes' } : fault;
    default:
      return fault;
  }
}

/** Whose clocks follow one time server: a region, or fewer. */
function withOneClock(stream: Stream, limits: Limits): Target {
  return stream.percent(70) ? `region:${stream.pick(regionsOf(limits))}` : together(stream, limits);
}

/** One thing that a group says to another one, said by all of its members or by one of them. */
function ofOneKind(stream: Stream, { groups }: Limits): { from: Target; to: Target; kind: string } | null {
  const sayings = groups.flatMap((group) =>
    (group.says ?? []).flatMap(({ kind, to }) => {
      const others = groups.find(({ name }) => name === to);
      return others === undefined ? [] : [{ kind, speakers: group, others }];
    }),
  );
  if (sayings.length === 0 || !stream.percent(OF_ONE_KIND)) return null;
  const { kind, speakers, others } = stream.pick(sayings);
  const from = stream.percent(50) ? names(speakers) : stream.pick(speakers.members).name;
  return { from, to: names(others), kind };
}

/**
 * A watch at the API is complete: it tells every change after the version it was asked from, once and in order, and a bookmark
 * runs ahead of none. Judged by comparing what servers send with what the store has committed.
 */
import type { Monitor, Observer, Property, Report } from '../../../../sim/index.ts';
import { watchResourcesMethod, type ResourceEvent, type WatchResourcesRequest } from '../../../api/methods.ts';
import type { ResourceKind } from '../../../api/resources/index.ts';
import { sharedApiCalls, type ApiCalls, type ApiCallsOf, type Call } from './calls.ts';
import type { ChangeLog, ChangeLogOf, KindChange, KindLog } from './change-log.ts';

export function watchComplete(logOf: ChangeLogOf, callsOf: ApiCallsOf = sharedApiCalls()): Property {
  return {
    id: 'platform/watch-complete',
    kind: 'always',
    title: 'a watch of the API delivers every change once, in order, and no bookmark runs ahead of a change',
    monitor: (report, scene, keepEvidence) => new WatchComplete(report, logOf(scene), callsOf(scene), keepEvidence),
  };
}

interface Watch {
  readonly client: string;
  readonly kind: ResourceKind;
  readonly log: KindLog;
  /** Position in the log of what it is to be told next; -1 as long as it has not been told where it begins. */
  next: number;
  /** For the judgement from scratch. */
  readonly told: ResourceEvent[] | null;
  readonly from: number;
}

class WatchComplete implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly log: ChangeLog;
  private readonly evidence: Watch[] | null;

  constructor(report: Report, log: ChangeLog, calls: ApiCalls, keepEvidence: boolean) {
    this.report = report;
    this.log = log;
    this.through = [...log.through, calls];
    this.evidence = keepEvidence ? [] : null;
    calls.follow(watchResourcesMethod, {
      asked: (call, request) => this.begin(call, request),
      answered: (watch, event) => this.tell(watch, event),
    });
  }

  private begin({ client }: Call, { kind, resourceVersion }: WatchResourcesRequest): Watch | null {
    const log = this.log.of(kind);
    if (log === null) return null;
    const next = resourceVersion === 0 ? -1 : log.after(resourceVersion);
    const watch: Watch = {
      client: client.name,
      kind,
      log,
      next,
      told: this.evidence === null ? null : [],
      from: resourceVersion,
    };
    this.evidence?.push(watch);
    return watch;
  }

  private tell(watch: Watch, event: ResourceEvent): void {
    watch.told?.push(event);
    const { log, next } = watch;
    if (next < 0) {
      // It begins with the state of some version, which the first bookmark names.
      if (event.type === 'bookmark') watch.next = log.after(event.resourceVersion);
      return;
    }
    const due = log.at(next);
    if (due === null) return;
    if (event.type === 'bookmark') {
      if (due !== undefined && due.revision <= event.resourceVersion)
        this.report.violated(
          `${say(watch)} was told that nothing up to ${event.resourceVersion} is missing, and was not told of ${due.name} at ${due.revision}`,
        );
      return;
    }
    const { object, resourceVersion, type } = event;
    const isDue =
      due?.revision === resourceVersion && due.name === object.metadata.name && due.isDeletion === (type === 'deleted');
    if (isDue) watch.next++;
    else
      this.report.violated(
        `${say(watch)} was told of ${object.metadata.name} at ${resourceVersion}, and ${due === undefined ? 'nothing' : `${due.name} at ${due.revision}`} was due`,
      );
  }

  /** For each watch, what it was told against what there was to tell up to there. */
  fullCheck(): string | null {
    for (const watch of this.evidence ?? []) {
      if (watch.from === 0) continue;
      const events = (watch.told ?? []).filter(({ type }) => type !== 'bookmark');
      const due: KindChange[] = [];
      for (let position = watch.log.after(watch.from); due.length < events.length; position++) {
        const change = watch.log.at(position);
        if (change === undefined || change === null) break;
        due.push(change);
      }
      if (events.length !== due.length || events.some(({ resourceVersion }, at) => resourceVersion !== due[at]?.revision))
        return `${say(watch)} was told otherwise than the store has it`;
      let seen = 0;
      for (const { type, resourceVersion } of watch.told ?? []) {
        if (type !== 'bookmark') seen++;
        else if ((watch.log.at(watch.log.after(watch.from) + seen)?.revision ?? Infinity) <= resourceVersion)
          return `${say(watch)} was told too much by a bookmark`;
      }
    }
    return null;
  }
}

function say({ client, kind, from }: Watch): string {
  return `${client}, who watches ${kind} from ${from},`;
}

/** A regional store's word: what it acknowledges is on its disk by then and stays there, and its later answers know of it. */
import type { Kind, Monitor, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { REGIONAL_STORE } from '../../../api/stores.ts';
import { REGIONAL_FILE } from '../../../outside/regional/regional-store.ts';
import type { RegionalRecord } from '../../../outside/regional/state.ts';
import { isReadOnly, type TxnRequest } from '../../../store/machine/requests.ts';
import { deleteMethod, putMethod, rangeMethod, txnMethod, type Mutation } from '../../../store/member/methods.ts';

/** Judged where a design places resources outside of consensus. */
export function regionalDurable(): Property {
  return {
    id: 'platform/regional-durable',
    kind: 'always',
    title: 'what a regional store acknowledged is on its disk, and no later answer of it is older',
    monitor: (report, scene, keepEvidence) => new RegionalDurable(report, scene, keepEvidence),
  };
}

const writes: readonly Kind[] = [putMethod.request, deleteMethod.request, txnMethod.request];
const answers: readonly Kind[] = [rangeMethod.response, putMethod.response, deleteMethod.response, txnMethod.response];

/** How a call travels. */
interface Frame<B> {
  readonly call: number;
  readonly body: B;
}

/** What crossed, as it did. `id`: of the write that is answered; null: of a read, which acknowledges nothing. */
type Evidence =
  | { readonly type: 'answered'; readonly store: string; readonly id: string | null; readonly revision: number }
  | { readonly type: 'durable'; readonly store: string; readonly first: number; readonly records: readonly RegionalRecord[] }
  | { readonly type: 'emptied'; readonly store: string };

/** One store: what stands on its disk, and what it has said. */
interface Ledger {
  /** By position in the file, the id of each write; empty for other records. */
  file: string[];
  /** Writes under way, by who asked in which call. */
  readonly asked: Map<string, string>;
  /** Of the newest acknowledgement. */
  revision: number;
}

class RegionalDurable implements Monitor {
  private readonly report: Report;
  private readonly ledgers = new Map<string, Ledger>();
  /** Ids of the writes that stand on disks, and whether they were acknowledged. No two writes of a run share one. */
  private readonly written = new Map<string, boolean>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
    for (const { name } of scene.processes())
      if (name.startsWith(REGIONAL_STORE)) this.ledgers.set(name, { file: [], asked: new Map(), revision: 0 });
  }

  /** Where there are no regional stores, the same messages are those of the store itself. */
  hears(what: Kind): boolean {
    return this.ledgers.size > 0 && (writes.includes(what) || answers.includes(what));
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    const asked = this.ledgers.get(to.name);
    if (asked !== undefined && writes.includes(what)) {
      const { call, body: mutation } = body as Frame<Mutation<unknown>>;
      if (what === txnMethod.request && isReadOnly(mutation.request as TxnRequest)) return;
      asked.asked.set(`${from.name} ${call}`, mutation.id);
      return;
    }
    const answering = this.ledgers.get(from.name);
    if (answering === undefined || !answers.includes(what)) return;
    const { call, body: response } = body as Frame<{ readonly revision: number }>;
    const place = `${to.name} ${call}`;
    const id = answering.asked.get(place) ?? null;
    answering.asked.delete(place);
    this.answered(from.name, answering, id, response.revision);
  }

  durable({ name }: Process, file: string, first: number, records: readonly unknown[]): void {
    const ledger = file === REGIONAL_FILE ? this.ledgers.get(name) : undefined;
    if (ledger === undefined) return;
    this.evidence?.push({ type: 'durable', store: name, first, records: records as readonly RegionalRecord[] });
    const covered = imageOf(first, records as readonly RegionalRecord[]);
    if (covered !== null && covered < ledger.revision) this.report.violated(rewrote(name, covered, ledger.revision));
    for (const id of ledger.file.splice(first)) {
      if (covered === null && this.written.get(id) === true) this.report.violated(dropped(name, id));
      this.written.delete(id);
    }
    for (const record of records as readonly RegionalRecord[]) {
      const id = idOf(record);
      ledger.file.push(id);
      if (id !== '') this.written.set(id, false);
    }
  }

  /** What it knew of went with the machine that it stood on: nobody promises more than that. */
  emptied({ name }: Process): void {
    const ledger = this.ledgers.get(name);
    if (ledger === undefined) return;
    this.evidence?.push({ type: 'emptied', store: name });
    for (const id of ledger.file) this.written.delete(id);
    ledger.file = [];
    ledger.revision = 0;
  }

  crashed({ name }: Process): void {
    this.ledgers.get(name)?.asked.clear();
  }

  fullCheck(): string | null {
    for (const store of this.ledgers.keys()) {
      const broken = judgeFromScratch(
        store,
        (this.evidence ?? []).filter((each) => each.store === store),
      );
      if (broken !== null) return broken;
    }
    return null;
  }

  private answered(store: string, ledger: Ledger, id: string | null, revision: number): void {
    this.evidence?.push({ type: 'answered', store, id, revision });
    if (revision < ledger.revision) this.report.violated(wentBack(store, revision, ledger.revision));
    if (id === null) return;
    if (this.written.get(id) === undefined) this.report.violated(tooEarly(store, id));
    else this.written.set(id, true);
    ledger.revision = Math.max(revision, ledger.revision);
  }
}

/** Compares all that one store wrote and said with the records of its file as they stood then. */
function judgeFromScratch(store: string, evidence: readonly Evidence[]): string | null {
  let file: readonly RegionalRecord[] = [];
  let acknowledged: readonly string[] = [];
  let newest = 0;
  for (const each of evidence) {
    if (each.type === 'emptied') {
      [file, acknowledged, newest] = [[], [], 0];
    } else if (each.type === 'durable') {
      const covered = imageOf(each.first, each.records);
      if (covered !== null && covered < newest) return rewrote(store, covered, newest);
      if (covered !== null) acknowledged = [];
      file = [...file.slice(0, each.first), ...each.records];
      const gone = acknowledged.find((id) => !file.some((record) => idOf(record) === id));
      if (gone !== undefined) return dropped(store, gone);
    } else {
      if (each.revision < newest) return wentBack(store, each.revision, newest);
      const { id } = each;
      if (id === null) continue;
      if (!file.some((record) => idOf(record) === id)) return tooEarly(store, id);
      acknowledged = [...acknowledged, id];
      newest = Math.max(newest, each.revision);
    }
  }
  return null;
}

const idOf = (record: RegionalRecord): string => (record.type === 'written' ? record.id : '');

/** The revision up to which a log that was rewritten has everything; null: it was not rewritten. */
function imageOf(first: number, [record]: readonly RegionalRecord[]): number | null {
  return first === 0 && record?.type === 'image' ? record.machine.revision : null;
}

const tooEarly = (store: string, id: string): string => `${store} acknowledges ${id}, which is not on its disk`;
const dropped = (store: string, id: string): string => `${store} cuts ${id} off its log, which it has acknowledged`;
const rewrote = (store: string, revision: number, newest: number): string =>
  `${store} begins its log anew at revision ${revision}, and has acknowledged revision ${newest}`;
const wentBack = (store: string, revision: number, newest: number): string =>
  `${store} answers at revision ${revision}, and has acknowledged revision ${newest}`;

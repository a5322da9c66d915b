/** What the page and its engine, which runs in a worker, tell each other: plain data. */
import type { Verification } from '../../replay/verify.ts';
import type { PropertyKind, Verdict, Violation } from '../../sim/index.ts';
import type { PageContent } from '../export/page-content.ts';
import type { Mark } from '../ui/fields.ts';
import type { PropertyStatus } from '../ui/property-rows.ts';
import type { Standing } from '../ui/survey.ts';

export type Question =
  /** Asked once, first. */
  | { readonly ask: 'open'; readonly content: PageContent }
  | { readonly ask: 'look'; readonly look: Look }
  /** The next event before (-1) or after (1) `from` whose line matches. */
  | { readonly ask: 'find'; readonly pattern: string; readonly from: number; readonly direction: 1 | -1 }
  /** The event of a process before or after `from`. */
  | { readonly ask: 'neighbour'; readonly process: number; readonly from: number; readonly direction: 1 | -1 };

/** Where the reader looks. */
export interface Look {
  /** 0 is the start, before the first event. */
  readonly event: number;
  /** The process whose state stays in view; null: always that of the event. */
  readonly pinned: number | null;
  /** Lines of the list of events. */
  readonly rows: number;
}

export type Answer =
  | { readonly tell: 'progress'; readonly step: number; readonly steps: number; readonly timeUs: number }
  | { readonly tell: 'opened'; readonly overview: Overview }
  | { readonly tell: 'frame'; readonly frame: Frame }
  /** `event` is 0 when there is none. */
  | { readonly tell: 'found'; readonly event: number }
  | { readonly tell: 'failed'; readonly message: string };

/** What is known of the whole run. Events are numbered from 1. */
export interface Overview {
  readonly verification: Verification;
  readonly verdict: Verdict;
  readonly violation: Violation | null;
  /** What a program threw, when that ended the run. */
  readonly failure: string | null;
  /** When each event happened. */
  readonly timesUs: Float64Array;
  readonly endUs: number;
  readonly regions: readonly string[];
  readonly processes: readonly { readonly name: string; readonly region: number }[];
  /** Positions of processes, grouped; a group's name stands at its first. */
  readonly lanes: readonly { readonly process: number; readonly group: string | null }[];
  readonly faults: readonly FaultBar[];
  /** The event in which all faults were healed; 0 when the run ended before. */
  readonly healed: number;
  /** The event that decided against the system; 0 when none did. */
  readonly broken: number;
  readonly offices: readonly Office[];
  readonly moments: readonly Moment[];
}

export interface FaultBar {
  readonly words: string;
  readonly first: number;
  /** The last event of the run when nothing ended it. */
  readonly last: number;
  /** Faults at the same time have different ones. */
  readonly column: number;
}

/** Something that one process holds at a time: the lead of the store's group, or the lease of a controller. */
export interface Office {
  readonly name: string;
  readonly reigns: readonly Reign[];
}

export interface Reign {
  /** Its term, or its fencing token. */
  readonly number: number;
  /** Position of the process; -1 when the office is vacant. */
  readonly process: number;
  readonly first: number;
  /** Up to the next one, or the end of the run. */
  readonly last: number;
}

/** An event worth stopping at. */
export interface Moment {
  readonly event: number;
  readonly sort: 'fault' | 'healed' | 'office' | 'exit' | 'broken';
  readonly words: string;
}

/** The world after an event. */
export interface Frame {
  readonly event: number;
  readonly timeUs: number;
  /** Position of the process whose state is asked for; -1: the event concerns no single one. */
  readonly selected: number;
  /** Otherwise what has to be executed first is missing: the digest, the state, what the event carries. It follows. */
  readonly isWhole: boolean;
  readonly digest: string;
  readonly rows: readonly Row[];
  /** Null at the start. */
  readonly detail: Detail | null;
  /** Null when it is missing, or the event concerns no single process. */
  readonly state: State | null;
  readonly properties: readonly {
    readonly id: string;
    readonly kind: PropertyKind;
    readonly title: string;
    readonly status: PropertyStatus;
    /** It is what the scenario is made for. */
    readonly isChallenged: boolean;
    readonly message: string;
    readonly event: number;
  }[];
  readonly faults: readonly {
    readonly stage: 'coming' | 'active' | 'over';
    readonly atUs: number;
    readonly words: string;
    readonly event: number;
  }[];
}

/** How an event looks. */
export type Glyph = 'message' | 'connection' | 'lost' | 'timer' | 'disk' | 'start' | 'exit' | 'fault' | 'heal';

/** An event in one line. */
export interface Line {
  readonly event: number;
  readonly timeUs: number;
  readonly glyph: Glyph;
  /** What happened, and to whom. */
  readonly words: string;
  readonly who: string;
}

export interface Row extends Line {
  /** Positions of processes; -1 for none. */
  readonly source: number;
  readonly target: number;
  /** To the event looked at. */
  readonly relation: 'cause' | 'effect' | null;
  /** By position of the process. */
  readonly standings: readonly Standing[];
}

export interface Detail extends Line {
  readonly kind: string;
  /** Null for what does not travel. */
  readonly travel: { readonly bytes: number; readonly tookUs: number } | null;
  readonly carries: readonly { readonly name: string; readonly value: string }[];
  /** What is said above the causes. */
  readonly because: string;
  /** The nearest first. */
  readonly causes: readonly Line[];
  /** Events that it gave rise to; the first few of so many. */
  readonly effects: readonly Line[];
  readonly effectsInAll: number;
}

export interface State {
  readonly standing: string;
  readonly changes: readonly StateField[];
  readonly fields: readonly StateField[];
}

export interface StateField {
  readonly mark: Mark;
  /** Names from the outside in. */
  readonly path: readonly string[];
  /** With what it was before, where it changed. */
  readonly value: string;
}

/** Where the reader stands and what they have opened: all that keys change. */

export type Pane = 'timeline' | 'event' | 'state' | 'properties' | 'faults';

/** In the order of the keys 1 to 5. */
export const panes: readonly Pane[] = ['timeline', 'event', 'state', 'properties', 'faults'];

/** What takes keys now. `mark` and `jump` wait for a letter. */
export type Mode = 'browse' | 'search' | 'filter' | 'command' | 'mark' | 'jump' | 'help' | 'reproduce';

/** Events a second, from the slowest to the fastest. */
export const speeds: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export interface Filter {
  readonly pattern: string;
  /** Numbers of the events that match, in order. */
  readonly events: readonly number[];
  /** Events up to here were looked at. */
  readonly upTo: number;
}

export interface ViewState {
  readonly columns: number;
  readonly rows: number;
  /** The event looked at; 0 is the start, before the first one. */
  readonly cursor: number;
  readonly pane: Pane;
  readonly maximised: boolean;
  /** The process whose state stays in view; null: always that of the event looked at. */
  readonly pinned: number | null;
  /** First row shown in the state pane; chosen row in the others. */
  readonly rowsDown: Readonly<Record<Pane, number>>;
  readonly mode: Mode;
  /** First row shown of a help text that is longer than the screen. */
  readonly helpRow: number;
  /** What is being typed after `/`, `&` or `:`. */
  readonly input: string;
  /** A number typed before a key; empty for none. */
  readonly count: string;
  /** The pane before the count's first digit, which may have been meant as a pane. */
  readonly paneBeforeCount: Pane;
  readonly pattern: string;
  readonly filter: Filter | null;
  readonly marks: Readonly<Record<string, number>>;
  /** Where the cursor stood before the last jump. */
  readonly before: number;
  readonly onlyChanged: boolean;
  readonly playing: boolean;
  /** Position in `speeds`. */
  readonly speed: number;
  /** Go there as soon as the run has been surveyed so far. */
  readonly awaiting: 'violation' | 'end' | number | null;
  readonly message: string;
  /** Null while it goes on. */
  readonly exit: 'quit' | 'interrupted' | null;
  /** The reader asked for the reproducing command: it is printed once more where it can be copied. */
  readonly reproduced: boolean;
}

export function initialViewState(columns: number, rows: number, at: number | 'violation' = 0): ViewState {
  return {
    columns,
    rows,
    cursor: 0,
    pane: 'timeline',
    maximised: false,
    pinned: null,
    rowsDown: { timeline: 0, state: 0, event: 0, properties: 0, faults: 0 },
    mode: 'browse',
    helpRow: 0,
    input: '',
    count: '',
    paneBeforeCount: 'timeline',
    pattern: '',
    filter: null,
    marks: {},
    before: 0,
    onlyChanged: false,
    playing: false,
    speed: 3,
    awaiting: at === 0 ? null : at,
    message: '',
    exit: null,
    reproduced: false,
  };
}

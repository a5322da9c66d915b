/** Jepsen's histories, line by line: a map for each event, with or without one vector or list around all of them. */
import type { EventType, HistoryEvent } from '../../replay/check/history.ts';
import { EdnError, EdnScanner } from './edn-scanner.ts';
import { EdnValues } from './edn-value.ts';

/** Why a text is no history, and where: line and column are counted from 1. */
export class EventError extends Error {
  override name = 'EventError';
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const TYPES: ReadonlyMap<string | undefined, EventType> = new Map([
  [':invoke', 'invoke'],
  [':ok', 'ok'],
  [':fail', 'fail'],
  [':info', 'info'],
]);
const AN_EVENT = '{:type :invoke, :process 0, :f :read, :value nil}';

export class EventReader {
  private readonly values = new EdnValues();
  /** What was begun in lines before and not ended. */
  private carried = '';
  private carriedSince = 1;
  /** Why they did not end; null where nothing is carried. */
  private unfinished: EventError | null = null;
  private line = 0;
  /** What closes the brackets around all events; null where there are none. */
  private closing: ']' | ')' | null = null;
  private stage: 'before' | 'within' | 'behind' = 'before';

  /** The events that end in the next line, without its newline. Throws an EventError. */
  *next(line: string): Generator<HistoryEvent> {
    this.line++;
    if (this.carried === '') this.carriedSince = this.line;
    const scanner = new EdnScanner(this.carried === '' ? line : `${this.carried}\n${line}`);
    this.carried = '';
    this.unfinished = null;
    let begin = 0;
    try {
      while (scanner.skip()) {
        begin = scanner.at;
        const event = this.form(scanner);
        if (event !== null) yield event;
      }
    } catch (error) {
      if (!(error instanceof EdnError)) throw error;
      const { line: at, column } = this.placeOf(error.offset, scanner.text);
      const placed = new EventError(at, column, error.message);
      const since = this.placeOf(begin, scanner.text).line;
      if (!error.isUnfinished || this.line - since >= LONGEST_EVENT) throw placed;
      this.carried = scanner.text.slice(begin);
      this.carriedSince = since;
      this.unfinished = placed;
    }
  }

  /** Throws an EventError when there is more to come. */
  end(): void {
    if (this.unfinished !== null) throw this.unfinished;
    if (this.stage !== 'within' || this.closing === null) return;
    throw new EventError(this.line, 1, `the file ends before the ${this.closing} that closes the history (was it copied whole?)`);
  }

  /** An event, or null for one of the brackets around all of them. */
  private form(scanner: EdnScanner): HistoryEvent | null {
    const char = scanner.text[scanner.at];
    if (this.stage === 'behind') throw new EdnError(scanner.at, 'the history has been closed before');
    if (this.stage === 'before') {
      this.stage = 'within';
      if (char === '[' || char === '(') {
        this.closing = char === '[' ? ']' : ')';
        scanner.at++;
        return null;
      }
    }
    if (this.closing !== null && char === this.closing) {
      this.stage = 'behind';
      scanner.at++;
      return null;
    }
    return this.event(scanner);
  }

  private event(scanner: EdnScanner): HistoryEvent {
    const begin = scanner.at;
    if (scanner.text[begin] === '#') scanner.at += TAG.exec(scanner.text.slice(begin, begin + TAG_LONGEST))?.[0].length ?? 0;
    if (scanner.text[scanner.at] !== '{') throw new EdnError(begin, `should be an event, such as ${AN_EVENT}`);
    const entries = scanner.entries();
    const written = fieldOf(entries, ':type');
    const process = fieldOf(entries, ':process');
    const f = fieldOf(entries, ':f');
    const type = TYPES.get(written);
    if (type === undefined)
      throw new EdnError(
        begin,
        written === undefined ? ':type is missing' : `:type ${written}: should be :invoke, :ok, :fail or :info`,
      );
    if (process === undefined) throw new EdnError(begin, ':process is missing');
    if (f === undefined && /^\d/.test(process)) throw new EdnError(begin, ':f is missing');
    return {
      type,
      process: this.values.of(process),
      f: f?.startsWith(':') === true ? f.slice(1) : (f ?? ''),
      value: this.values.of(fieldOf(entries, ':value') ?? 'nil'),
      line: this.placeOf(begin, scanner.text).line,
    };
  }

  private placeOf(offset: number, text: string): { readonly line: number; readonly column: number } {
    if (this.carriedSince === this.line) return { line: this.line, column: offset + 1 };
    const before = text.slice(0, offset).split('\n');
    return { line: this.carriedSince + before.length - 1, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

/** The value of the first key of that name. */
function fieldOf(entries: readonly string[], name: string): string | undefined {
  for (let at = 0; at < entries.length; at += 2) if (entries[at] === name) return entries[at + 1];
  return undefined;
}

/** Such as `#jepsen.history.Op{…}`. */
const TAG = /^#[A-Za-z][\w.-]*\s*(?=\{)/;
const TAG_LONGEST = 80;
/** Lines; a bracket that nobody closes is not looked for in a whole file. */
const LONGEST_EVENT = 1_000;

/** Quorate's store answers scripts, through what `quorate store` is made of. */
import type { Json } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';
import { StoreSession, type Told } from '../../bin/store/session.ts';
import type { StoreWorldOptions } from '../../bin/store/world.ts';
import { REQUEST_MAX_BYTES, type Outcome, type Sitting, type Subject } from './subject.ts';

/** A line that says nothing to the store: no script that is held against etcd may have one. */
export class UnreadableLine extends Error {
  override name = 'UnreadableLine';
}

export class StoreSubject implements Subject {
  readonly name = 'quorate';
  private readonly options: StoreWorldOptions;

  constructor(options: Omit<StoreWorldOptions, 'requestMaxBytes'>) {
    this.options = { ...options, requestMaxBytes: REQUEST_MAX_BYTES };
  }

  open(): Promise<Sitting> {
    return Promise.resolve(new StoreSitting(new StoreSession(this.options)));
  }
}

class StoreSitting implements Sitting {
  private readonly session: StoreSession;
  private readonly begunUs: number;

  constructor(session: StoreSession) {
    this.session = session;
    this.begunUs = session.nowUs;
  }

  perform(line: ScriptLine): Promise<Outcome> {
    const read = this.session.read(line);
    if (!read.ok) return Promise.reject(new UnreadableLine(`${JSON.stringify(line)}: ${read.error.message}`));
    const told = this.session.perform(read.errand);
    return Promise.resolve({
      answer: answerOf(line, told),
      stream: streamOf(told),
      atMs: (this.session.nowUs - this.begunUs) / 1_000,
    });
  }

  surplus(): Promise<readonly Json[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** etcd knows of no line that moves time. */
function answerOf({ method }: ScriptLine, told: readonly Told[]): Json {
  return (method === 'advance' ? undefined : told.find(({ type }) => type === 'answer'))?.json ?? null;
}

function streamOf(told: readonly Told[]): Json[] {
  return told.filter(({ type }) => type === 'watch').map(({ json }) => json);
}

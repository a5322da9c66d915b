/** What is held against each other: whoever answers the lines of a script. */
import type { Json } from '../../bin/store/json.ts';
import type { ScriptLine } from '../../bin/store/script.ts';

/** Both are set to this limit of a request, so that short scripts meet it. etcd's default: 1.5 MiB. */
export const REQUEST_MAX_BYTES = 16 * 1024;

/** What came of one line. */
export interface Outcome {
  /** The answer; null to what is answered on the watch stream or not at all. */
  readonly answer: Json;
  /** What the watch stream brought until all that the line brought about had come, as `{"result": …}`. */
  readonly stream: readonly Json[];
  /** Milliseconds since the first line of the script, by the clock of whoever answers. */
  readonly atMs: number;
}

/** One script being answered, from an empty store on. */
export interface Sitting {
  /** `expected` says how much the stream will bring, for who cannot know when all of it has come. */
  perform(line: ScriptLine, expected?: Outcome): Promise<Outcome>;
  /** What the stream brings after the last line. */
  surplus(): Promise<readonly Json[]>;
  close(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  open(): Promise<Sitting>;
}

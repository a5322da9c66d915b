/** What a page holds beside the engine and its own script: the recording, and what cannot be worked out from it. */
import type { Explanation } from '../../replay/explain/explanation.ts';
import type { Origin } from '../../replay/recorder.ts';
import type { Recording } from '../../replay/recording.ts';

export interface PageContent {
  readonly recording: Recording;
  /** The file's name, under which a reader may save the recording again. */
  readonly fileName: string;
  /**
   * How the failure came about: it takes many runs to find out, so the page has it from whoever exported it. Null: nobody asked.
   */
  readonly explanation: Explanation | null;
  /** Whose engine the page carries. */
  readonly engine: Origin;
}

/** Ids of the page's elements that hold data and scripts. */
export const ELEMENT = { content: 'content', engine: 'engine', root: 'root' } as const;

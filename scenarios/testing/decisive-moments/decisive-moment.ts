/**
 * The decisive moment of a defect's story: where it did what the healthy code does not. Declared beforehand, so that an
 * explanation can be compared with it: one that leaves this moment out has explained nothing.
 */

export interface DecisiveMoment {
  /** The kind of event, boundary or fault that an entry of the story is about (`StoryEntry.kind`). */
  readonly kind: RegExp;
  /** What stands in its text, and in what is noted of those who take part: what they know, how late it comes. */
  readonly says: RegExp;
  /**
   * What the failure says. A group that both have under one name is the same words in both: the moment is about the very thing
   * that failed, and not only about something similar. A group that only the failure has stands anywhere in the text.
   */
  readonly failure?: RegExp;
}

/** By id of the defect. */
export type DecisiveMoments = Readonly<Record<string, DecisiveMoment>>;

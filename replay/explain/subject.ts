/** What a failure is about: the names and numbers in its words, and how much other words have to do with them. */
import type { Violation } from '../../sim/index.ts';

/** A name or a number with what it counts: `store-5`, `term 32`, `search-d798f52b`. */
type Identifier = string;

/** Numbers below are everywhere. */
const BARE_NUMBER_LEAST = 10;
/** These stand before any number, and say nothing of what it counts. */
const NO_NOUNS = new Set([
  'to',
  'of',
  'at',
  'after',
  'from',
  'with',
  'and',
  'is',
  'by',
  'in',
  'on',
  'for',
  'than',
  'over',
  'up',
  'until',
  'nothing',
]);

/** What objects are called together, such as `Deployment`, wherever it stands. */
const NAME_OF_KIND = /^[A-Z][A-Za-z]+$/;

function identifiersOf(text: string): ReadonlySet<Identifier> {
  const found = new Set<Identifier>();
  for (const word of wordsIn(text)) {
    const bare = word.replace(/[.:]+$/, '');
    if (/^[\d.]+$/.test(bare)) {
      if (Number(bare) >= BARE_NUMBER_LEAST) found.add(bare);
      continue;
    }
    if (bare.startsWith('/')) for (const name of namesIn(bare)) found.add(name);
    if (bare.length >= NAME_LEAST && (/\d/.test(bare) || NAME_OF_KIND.test(bare))) found.add(bare);
  }
  for (const [, noun, number] of text.matchAll(/\b([a-z]+) (\d+)\b/g)) {
    if (noun !== undefined && number !== undefined && !NO_NOUNS.has(noun)) found.add(`${noun} ${number}`);
  }
  for (const [pair] of text.matchAll(/\b[A-Z][A-Za-z]+ [a-z][\w.-]*/g)) found.add(pair.replace(/[.:]+$/, ''));
  return found;
}

/** What things are called beside their numbers: `votes` speaks of `vote`. */
function stemsOf(text: string): ReadonlySet<string> {
  const words = wordsIn(text).filter((word) => word.length >= STEM_LEAST && /^[a-z]+$/.test(word));
  return new Set(
    words
      .map((word) => word.replace(/(?:ed|(?<=ch|sh|ss|x)es|s)$/, ''))
      .filter((stem) => stem.length >= STEM_LEAST && !EMPTY.has(stem)),
  );
}

const STEM_LEAST = 4;
/** Words that say nothing of what it is about. */
const EMPTY = new Set([
  'after',
  'before',
  'which',
  'while',
  'that',
  'than',
  'with',
  'without',
  'under',
  'over',
  'from',
  'whose',
  'when',
  'their',
  'they',
  'already',
  'another',
  'other',
  'into',
  'nothing',
  'been',
]);

function wordsIn(text: string): readonly string[] {
  return text.split(/[\s,;()[\]{}"'=]+/);
}

/** The end of a path, alone where that says enough, and as messages call it: `Deployment web`. */
function namesIn(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const last = parts.at(-1) ?? '';
  return [...(last.length >= NAME_LEAST ? [last] : []), ...(parts.length >= 2 ? [parts.slice(-2).join(' ')] : [])];
}

/** Shorter names are found everywhere. */
const NAME_LEAST = 3;

/** What is said more than about a million times says nothing any more. */
const COMMON_POWERS = 20;

const NAMED = 4;
const STEM = 3;

/** Weighs words by what they share with the subject: the rarer that is, the more. */
export class Subject {
  private readonly wanted: ReadonlySet<Identifier>;
  private readonly named: ReadonlySet<Identifier>;
  private readonly stems: ReadonlySet<string>;
  private readonly frequency = new Map<Identifier, number>();

  /**
   * `message`: of the failure, and `property`, which says what it is about. `beside`: words of what happened in the same
   * step. `all`: of everything that happened, so that what is common can be told from what is rare. `processes`: their
   * names are names whatever they look like.
   */
  constructor(
    { message, property }: Pick<Violation, 'message' | 'property'>,
    beside: readonly string[],
    all: Iterable<string>,
    processes: readonly string[],
  ) {
    const namesIn = (text: string): readonly Identifier[] => [
      ...identifiersOf(text),
      ...processes.filter((name) => hasWhole(text, name)),
    ];
    this.named = new Set(namesIn(message));
    this.wanted = new Set([message, ...beside].flatMap(namesIn));
    this.stems = stemsOf(`${message} ${property.slice(property.indexOf('/') + 1).replaceAll('-', ' ')}`);
    for (const text of all) {
      for (const identifier of this.shared(text)) this.frequency.set(identifier, (this.frequency.get(identifier) ?? 0) + 1);
    }
  }

  /** Whether it speaks of a thing that the failure names by its own name, and not only of a number or of one of these. */
  namesThing(text: string, butThese: readonly string[]): boolean {
    return [...this.named].some(
      (identifier) => !/^[a-z]+ \d+$|^[\d.]+$/.test(identifier) && !butThese.includes(identifier) && hasWhole(text, identifier),
    );
  }

  /** Whether the failure names a process. */
  isAbout(process: string): boolean {
    return this.named.has(process);
  }

  /** 0: nothing in common. */
  weight(text: string): number {
    return this.shared(text).reduce((sum, identifier) => sum + this.weightOf(identifier), 0);
  }

  /** The rarer the more, by powers of two; and what the failure itself names more than what happened beside it. */
  private weightOf(identifier: Identifier): number {
    const powers = 32 - Math.clz32(this.frequency.get(identifier) ?? 1);
    const rarity = Math.max(1, COMMON_POWERS - powers);
    if (/^[\d.]+$/.test(identifier)) return rarity;
    return rarity * (this.named.has(identifier) ? NAMED : this.stems.has(identifier) ? STEM : 1);
  }

  private shared(text: string): readonly Identifier[] {
    const named = [...this.wanted].filter((identifier) => text.includes(lastWord(identifier)) && hasWhole(text, identifier));
    const lowered = text.toLowerCase();
    return [...named, ...[...this.stems].filter((stem) => begins(lowered, stem))];
  }
}

/** What can be looked for at once, before the words are taken apart. */
function lastWord(identifier: Identifier): string {
  return identifier.slice(identifier.lastIndexOf(' ') + 1);
}

/** It stands there as a word of its own. */
export function hasWhole(text: string, identifier: Identifier): boolean {
  for (let at = text.indexOf(identifier); at >= 0; at = text.indexOf(identifier, at + 1)) {
    if (!isPartOfWord(text.charAt(at - 1)) && !isPartOfWord(text.charAt(at + identifier.length))) return true;
  }
  return false;
}

/** Whether a word of it begins so. */
function begins(text: string, stem: string): boolean {
  for (let at = text.indexOf(stem); at >= 0; at = text.indexOf(stem, at + 1)) if (!/\w/.test(text.charAt(at - 1))) return true;
  return false;
}

function isPartOfWord(character: string): boolean {
  return /[\w-]/.test(character);
}

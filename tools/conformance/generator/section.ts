/** A section: a script of its own, for a store of its own, with a mix of requests that is drawn for it. */
import type { ScriptLine } from '../../../bin/store/script.ts';
import type { Stream } from '../../../sim/index.ts';
import type { Outcome } from '../subject.ts';
import { Choices, type Weighted } from './choices.ts';
import { expiryLines } from './expiry.ts';
import { Knowledge } from './knowledge.ts';
import { largeLines } from './large.ts';
import { compactionLine, deleteRangeLine, putLine, rangeLine, txnLine } from './kv.ts';
import { grantLine, keepAliveLine, leasesLine, revokeLine, timeToLiveLine } from './lease.ts';
import { cancelLine, progressLine, watchLine } from './watch.ts';

type Make = (choices: Choices) => ScriptLine;

/** How often each kind of request comes in an even mix; a section leaves some out and has more of others. */
const MIX: Weighted<Make> = [
  [18, rangeLine],
  [22, putLine],
  [10, deleteRangeLine],
  [22, txnLine],
  [4, compactionLine],
  [5, grantLine],
  [3, revokeLine],
  [3, timeToLiveLine],
  [2, keepAliveLine],
  [1, leasesLine],
  [6, watchLine],
  [2, cancelLine],
  [1, progressLine],
  [1, (choices) => ({ method: 'advance', body: { ms: choices.stream.between(0, 20) } })],
];

/** Sections that follow a plan, out of a hundred. */
const EXPIRY_PERCENT = 10;
const LARGE_PERCENT = 4;

/** Writes its script line by line, hearing what came of each before it writes the next. */
export class Section {
  private readonly choices: Choices;
  private readonly knowledge = new Knowledge();
  private readonly mix: Weighted<Make>;
  private readonly planned: ScriptLine[] | null;
  private left: number;
  /** Lines that it will have. */
  readonly length: number;
  /** It lets time pass until leases end. */
  readonly waits: boolean;

  /** `lines` at most. */
  constructor(stream: Stream, lines: number) {
    this.choices = new Choices(stream, this.knowledge);
    this.mix = MIX.map(([weight, make]) => [weight * stream.pick([0, 1, 1, 2, 5]), make]);
    const kind = stream.below(100);
    this.waits = kind < EXPIRY_PERCENT;
    const planned = this.waits
      ? expiryLines(this.choices)
      : kind < EXPIRY_PERCENT + LARGE_PERCENT
        ? largeLines(this.choices)
        : null;
    this.planned = planned?.slice(0, lines) ?? null;
    this.length = this.planned?.length ?? lines;
    this.left = this.length;
  }

  next(): ScriptLine | null {
    if (this.left-- <= 0) return null;
    if (this.planned !== null) return this.planned.shift() ?? null;
    const isEmpty = this.mix.every(([weight]) => weight === 0);
    return this.choices.weighted(isEmpty ? MIX : this.mix)(this.choices);
  }

  learn(line: ScriptLine, outcome: Outcome): void {
    this.knowledge.learn(line, outcome);
  }
}

/**
 * Whether what happened to one object has an order in which every operation takes effect between its invocation and its return,
 * with the answer that its client was told: linearizability (Herlihy and Wing, 1990). The search follows the course and lets
 * operations take effect just in time, when one that has not must return (Lowe, "Testing for linearizability", 2017). What keeps
 * it short, without making it miss anything:
 *
 * - Pure operations take effect as soon as the state allows it.
 * - Before an operation that must return, only those are tried that it needs, and that those need
 *   (`Model.needs`): any other can as well come later.
 * - What overwrites may have come and gone unseen just before the last one that overwrote: whether it did is decided when it
 *   returns, or when a read that saw it does.
 * - What later answers give away of the order is heeded at once (`Model.precedents`).
 * - Unanswered operations are counted by kind.
 * - A configuration is given up when one that was met before can do all that it can (`Visited`).
 */
import { RETURNED, INVOKED, type Course, type Task } from './course.ts';
import { hasBit, Open, setBit, clearBit, wordsOf } from './open.ts';
import type { Effect } from './models/model.ts';
import { IMPOSSIBLE, INITIALLY, type Steps } from './steps.ts';
import { NONE_TAKEN, Taken } from './taken.ts';
import { Visited, type Configuration } from './visited.ts';

export type Outcome = 'linearizable' | 'not linearizable' | 'undecided';

/** What is tried to get on from a configuration: a number for the slot or the kind, times four, and how. */
const TAKE = 0;
const HIDE = 1;
const TAKE_UNANSWERED = 2;
const HIDE_UNANSWERED = 3;

/** An operation, of one client or of any of a kind, as `Steps` knows it. */
interface Numbered {
  readonly number: number;
  readonly effect: Effect;
}

/** Of the model's, in configurations. */
const STATE_SIZE = 32;

interface Frame {
  /** In `Visited`. */
  readonly row: number;
  readonly candidates: readonly number[];
  tried: number;
}

export class Search<State, Op> {
  /** The furthest return that was not allowed by any configuration that came to it; -1 before there was one. */
  furthest = -1;
  private readonly steps: Steps<State, Op>;
  private readonly course: Course;
  private readonly open: Open;
  private readonly taken = new Taken();
  private readonly visited: Visited;
  private readonly frames: Frame[] = [];
  private readonly now: Configuration;
  /** What `findNeeded` has found. */
  private readonly slots = new Set<number>();
  private readonly kinds = new Set<number>();
  private outcome: Outcome = 'undecided';
  private hasBegun = false;

  constructor(steps: Steps<State, Op>, course: Course) {
    this.steps = steps;
    this.course = course;
    this.open = new Open(course);
    this.visited = new Visited(wordsOf(course), this.taken);
    this.now = { at: 0, state: INITIALLY, taken: NONE_TAKEN, overwrittenAt: -1, done: new Int32Array(wordsOf(course)) };
  }

  /** What it keeps, in configurations; a state of the model's takes as much as some. */
  get size(): number {
    return this.visited.size + this.steps.stateCount * STATE_SIZE;
  }

  /** Tries so many more configurations, or until it is decided. */
  run(tries: number): Outcome {
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.goOn();
    }
    for (let left = tries; this.outcome === 'undecided' && left > 0; left--) {
      const frame = this.frames.at(-1);
      if (frame === undefined) this.outcome = 'not linearizable';
      else if (frame.tried === frame.candidates.length) this.frames.pop();
      else this.attempt(frame.row, frame.candidates[frame.tried++] as number);
    }
    return this.outcome;
  }

  /** The states in which the furthest return was waited for. */
  statesBeforeFurthest(): readonly string[] {
    return this.visited.statesAt(this.furthest).map((state) => this.steps.describe(state));
  }

  private attempt(row: number, candidate: number): void {
    this.visited.read(row, this.now);
    this.open.moveTo(this.now.at);
    const index = candidate >> 2;
    switch (candidate & 3) {
      case TAKE:
        setBit(this.now.done, index);
        this.takeEffect(this.task(index));
        break;
      case HIDE:
        setBit(this.now.done, index);
        this.wasSeen(this.task(index).number);
        break;
      case TAKE_UNANSWERED:
        this.now.taken = this.taken.with(this.now.taken, index);
        this.takeEffect(this.kind(index));
        break;
      default:
        this.now.taken = this.taken.with(this.now.taken, index);
        this.wasSeen(this.kind(index).number);
    }
    this.goOn();
  }

  private takeEffect({ number, effect }: Numbered): void {
    const { now, open, steps } = this;
    now.state = steps.next(number, now.state);
    if (effect === 'overwrites') now.overwrittenAt = now.at;
    for (let slot = 0; slot < open.tasks.length; slot++) {
      if (hasBit(open.pure, slot) && steps.next(this.task(slot).number, now.state) !== IMPOSSIBLE) setBit(now.done, slot);
    }
  }

  /** What overwrote came and went just before the last one that overwrote; reads that were open then may have seen it. */
  private wasSeen(number: number): void {
    const { now, open, steps } = this;
    const state = steps.next(number, INITIALLY);
    for (let slot = 0; slot < open.tasks.length; slot++) {
      if (
        hasBit(open.pure, slot) &&
        this.invokedAt(slot) < now.overwrittenAt &&
        steps.next(this.task(slot).number, state) !== IMPOSSIBLE
      )
        setBit(now.done, slot);
    }
  }

  /**
   * Follows the course up to the next return that is not allowed yet, which is put to the question
   * unless that is known to lead nowhere.
   */
  private goOn(): void {
    const { now, open, course, steps } = this;
    for (; now.at < course.events.length; now.at++) {
      const code = course.events[now.at] as number;
      const slot = course.slots[code >> 2] as number;
      if ((code & 3) === RETURNED) {
        if (!hasBit(now.done, slot)) break;
        clearBit(now.done, slot);
      } else if ((code & 3) === INVOKED) {
        const { effect, number } = course.tasks[code >> 2] as Task;
        if (effect === 'pure' && steps.next(number, now.state) !== IMPOSSIBLE) setBit(now.done, slot);
      }
    }
    open.moveTo(now.at);
    if (now.at === course.events.length) {
      this.outcome = 'linearizable';
      return;
    }
    now.overwrittenAt = this.asFarAsItMatters(now.overwrittenAt);
    const row = this.visited.add(now, open);
    if (row < 0) return;
    this.furthest = Math.max(this.furthest, now.at);
    this.frames.push({ row, candidates: this.candidates(), tried: 0 });
  }

  /** What may take effect next so that the operation at hand may return; the most promising first. */
  private candidates(): readonly number[] {
    const { now, open, course, steps } = this;
    const wanted = course.slots[(course.events[now.at] as number) >> 2] as number;
    const { number, effect } = this.task(wanted);
    const candidates = effect === 'changes' ? [] : this.unseen(wanted, number, effect === 'pure');
    const later: number[] = [];
    const offer = (op: number, candidate: number): void => {
      const state = steps.next(op, now.state);
      if (state === IMPOSSIBLE) return;
      const helps = candidate === wanted * 4 + TAKE || steps.next(number, state) !== IMPOSSIBLE;
      (helps ? candidates : later).push(candidate);
    };
    if (effect !== 'pure' && this.hasPrecedents(wanted)) offer(number, wanted * 4 + TAKE);
    this.findNeeded(wanted);
    for (const slot of this.slots)
      if (!hasBit(open.pure, slot) && slot !== wanted && this.hasPrecedents(slot)) offer(this.task(slot).number, slot * 4 + TAKE);
    for (const kind of this.kinds) offer(this.kind(kind).number, kind * 4 + TAKE_UNANSWERED);
    return [...candidates, ...later];
  }

  /**
   * What may have come and gone before the last one that overwrote, and is enough for the
   * operation at hand: itself, or what it read.
   */
  private unseen(wanted: number, number: number, isPure: boolean): number[] {
    const { now, open, course, steps } = this;
    if (this.invokedAt(wanted) >= now.overwrittenAt) return [];
    if (!isPure) return [wanted * 4 + HIDE];
    const isRead = (op: number): boolean => steps.next(number, steps.next(op, INITIALLY)) !== IMPOSSIBLE;
    const found: number[] = [];
    const overwriters = open.overwritersBefore(now.overwrittenAt);
    for (let slot = 0; slot < course.slotCount; slot++) {
      if (hasBit(overwriters, slot) && !hasBit(now.done, slot) && isRead(this.task(slot).number)) found.push(slot * 4 + HIDE);
    }
    for (const [at, kind] of course.kinds.entries()) {
      if (kind.effect !== 'overwrites' || !isRead(kind.number)) continue;
      if (countBelow(kind.invokedAt, now.overwrittenAt) > this.taken.count(now.taken, at)) found.push(at * 4 + HIDE_UNANSWERED);
    }
    return found;
  }

  /**
   * The earliest event that stands for an overwriting as well: what is not open any more, or was asked for since,
   * does not tell the one from the other.
   */
  private asFarAsItMatters(event: number): number {
    const { now, open, course } = this;
    let last = -1;
    for (let slot = 0; slot < course.slotCount; slot++) {
      if ((open.tasks[slot] as number) < 0 || hasBit(now.done, slot) || hasBit(open.changes, slot)) continue;
      const invokedAt = this.invokedAt(slot);
      if (invokedAt < event && invokedAt > last) last = invokedAt;
    }
    if (last < 0) return -1;
    for (const { effect, invokedAt } of course.kinds)
      if (effect === 'overwrites') last = Math.max(last, invokedAt[countBelow(invokedAt, event) - 1] ?? -1);
    return last + 1;
  }

  /**
   * Puts into `slots` and `kinds` what the operation at hand may need before it, and what that may need, of all
   * that is open and has not taken effect.
   */
  private findNeeded(wanted: number): void {
    const { now, open, course, slots, kinds } = this;
    slots.clear();
    kinds.clear();
    slots.add(wanted);
    const queue: Numbered[] = [this.task(wanted)];
    for (const later of queue) {
      for (let slot = 0; slot < course.slotCount; slot++) {
        if (
          (open.tasks[slot] as number) < 0 ||
          hasBit(now.done, slot) ||
          slots.has(slot) ||
          !this.mayNeed(later, this.task(slot))
        )
          continue;
        slots.add(slot);
        queue.push(this.task(slot));
      }
      for (let at = 0; at < course.kinds.length; at++) {
        if ((open.asked[at] as number) <= this.taken.count(now.taken, at) || kinds.has(at) || !this.mayNeed(later, this.kind(at)))
          continue;
        kinds.add(at);
        queue.push(this.kind(at));
      }
    }
  }

  /**
   * What is overwritten at once is unseen, and whoever read it in between is seen to when it returns; so only what
   * changes comes before what overwrites.
   */
  private mayNeed(later: Numbered, earlier: Numbered): boolean {
    return later.effect === 'overwrites' ? earlier.effect === 'changes' : this.steps.needs(later.number, earlier.number);
  }

  /** Whether all that has to take effect before it has done so. */
  private hasPrecedents(slot: number): boolean {
    const { now, open, course } = this;
    const precedents = course.precedents?.[open.tasks[slot] as number] ?? [];
    return precedents.every((task) => {
      const its = course.slots[task] as number;
      return (course.invokedAt[task] as number) < now.at && (open.tasks[its] !== task || hasBit(now.done, its));
    });
  }

  private task(slot: number): Task {
    return this.course.tasks[this.open.tasks[slot] as number] as Task;
  }

  private kind(at: number): Course['kinds'][number] {
    return this.course.kinds[at] as Course['kinds'][number];
  }

  private invokedAt(slot: number): number {
    return this.course.invokedAt[this.open.tasks[slot] as number] as number;
  }
}

/** How many of ascending numbers are below the bound. */
function countBelow(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

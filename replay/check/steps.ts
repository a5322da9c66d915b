/** A model in numbers: states and operations are interned, and what an operation does in a state is asked of the model once. */
import type { Effect, Model } from './models/model.ts';
import { PairMap } from './pair-map.ts';

/** What the model answers instead of a state where the operation is not possible. */
export const IMPOSSIBLE = -1;
/** The number of the state in the beginning. */
export const INITIALLY = 0;

export class Steps<State, Op> {
  private readonly model: Model<State, Op>;
  private readonly states: State[] = [];
  private readonly stateNumbers = new Map<string, number>();
  private readonly ops: Op[] = [];
  private readonly opNumbers = new Map<string, number>();
  private readonly effects: Effect[] = [];
  private readonly nexts = new PairMap();
  private readonly needed = new PairMap();

  constructor(model: Model<State, Op>, initially: State) {
    this.model = model;
    this.stateNumber(initially);
  }

  get stateCount(): number {
    return this.states.length;
  }

  /** Operations that are interchangeable have the same number. */
  numberOf(op: Op): number {
    const text = this.model.text(op);
    const known = this.opNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.ops.push(op) - 1;
    this.opNumbers.set(text, number);
    this.effects.push(this.model.effect(op));
    return number;
  }

  effect(op: number): Effect {
    return this.effects[op] as Effect;
  }

  /** The number of the state after it, or IMPOSSIBLE. */
  next(op: number, state: number): number {
    const known = this.nexts.get(op, state);
    if (known !== undefined) return known;
    const after = this.model.apply(this.ops[op] as Op, this.states[state] as State);
    const next = after === null ? IMPOSSIBLE : this.stateNumber(after);
    this.nexts.set(op, state, next);
    return next;
  }

  needs(later: number, earlier: number): boolean {
    const known = this.needed.get(later, earlier);
    if (known !== undefined) return known === 1;
    const needs = this.model.needs(this.ops[later] as Op, this.ops[earlier] as Op);
    this.needed.set(later, earlier, Number(needs));
    return needs;
  }

  /** For people. */
  describe(state: number): string {
    const { model } = this;
    return model.describe === undefined
      ? model.stateText(this.states[state] as State)
      : model.describe(this.states[state] as State);
  }

  private stateNumber(state: State): number {
    const text = this.model.stateText(state);
    const known = this.stateNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.states.push(state) - 1;
    this.stateNumbers.set(text, number);
    return number;
  }
}

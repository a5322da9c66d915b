/** What a model says of an object: which operations it has, and what each does when it is the only one under way. */
import { textOf, type Value } from '../value.ts';

/** An operation of a history as a model sees it. */
export interface Call {
  readonly process: number;
  readonly f: string;
  readonly input: Value;
  /** Null where nobody knows whether it happened: then `isKnown` is false. */
  readonly output: Value;
  readonly isKnown: boolean;
}

/**
 * `pure`: changes no state. `overwrites`: possible in every state, and leads to the same one from all. `changes`: anything else.
 */
export type Effect = 'pure' | 'overwrites' | 'changes';

/**
 * An operation with its place in time: between the two it took effect, or, where it was never answered, perhaps
 * at any time since it was asked for.
 */
export interface Asked<Op> {
  readonly op: Op;
  readonly invokedAt: number;
  /** Infinity where it was never answered. */
  readonly returnedAt: number;
}

/** A sequential specification. Operations and states are plain data that nobody changes. */
export interface Model<State, Op> {
  readonly name: string;
  readonly title: string;
  /** The `:f` it knows, with the values that they carry, for people. */
  readonly operations: readonly string[];

  /** The state before anything was asked for; `initial` is what the object holds then, where the model has such a thing. */
  initially(initial: Value): State;
  /**
   * Null where the operation tells nothing and changes nothing, such as a read without an answer. Throws a
   * CallError for what the model does not have.
   */
  read(call: Call): Op | null;
  /** Operations with equal texts are interchangeable. */
  text(op: Op): string;
  effect(op: Op): Effect;
  /** The state after it, or null when the operation, with the answer it got, is not possible in this state. */
  apply(op: Op, state: State): State | null;
  /**
   * False only if `earlier` never helps or hinders `later`: wherever `earlier` and then `later` are possible, `later` and then
   * `earlier` are possible as well and lead to the same state. True is always safe, and costs time.
   */
  needs(later: Op, earlier: Op): boolean;
  /** States with equal texts are equal. */
  stateText(state: State): string;
  /** The state for people, where its text is not. */
  describe?(state: State): string;
  /**
   * What the answers of others give away of operations that were never answered, by their places in `all`: `returnedAt` of the
   * first answer that would not be true if it had not happened; Infinity where nobody knows; null where it need not have
   * happened, since everything is as true without it. Others keep their ends.
   */
  ends?(all: readonly Asked<Op>[], initially: State): readonly (number | null)[];
  /**
   * Where what is told later gives away what was done before: for each operation those that come before it in every
   * order in which all is true, by their places in `all`; of those alone that were open at the same time, and that it
   * `needs`. Null where nothing is given away.
   */
  precedents?(all: readonly Asked<Op>[]): readonly (readonly number[])[] | null;
  /** What the operation is about, where operations on different things have nothing to do with each other. */
  keys?(op: Op): readonly string[];
}

/** An operation that a model does not have. The message is the end of a sentence, such as `should carry [expected new]`. */
export class CallError extends Error {
  override name = 'CallError';
}

/** For `:f` that the model does not know. */
export function unknownCall(
  { f }: Call,
  { name, operations }: { readonly name: string; readonly operations: readonly string[] },
): CallError {
  return new CallError(`${f}: the model ${name} has no such operation; it has ${operations.join(', ')}`);
}

/** For a value that the operation cannot carry. */
export function wrongValue({ f }: Call, value: Value, expected: string): CallError {
  return new CallError(`${f} ${textOf(value)}: should carry ${expected}`);
}

/**
 * What passes between a controller's context and its host: functions of the host's, and plain values that the receiver copies.
 */
import type { Fence } from '../../model/api/resources/index.ts';

/** Why a call or a watch gave nothing: a refusal's code, or `unavailable`, `unknown`, `connection-lost`, `ended`. */
export interface Failed {
  readonly code: string;
  readonly message: string;
}

export type Settle = (failed: Failed | null, value: unknown) => void;

/** A watch, from which one event at a time is asked for. */
export interface HostWatch {
  next(settle: Settle): void;
  cancel(): void;
}

export interface HostTimer {
  cancel(): void;
  /** Whether it keeps the program alive, as in Node. */
  hold(held: boolean): void;
}

/** What the host gives. None of it throws. */
export interface Host {
  readonly name: string;
  readonly region: string;
  readonly config: unknown;
  /** Names of what `call` knows: `client.get`, `cloud.seal`, … */
  readonly methods: readonly string[];
  call(method: string, parameters: readonly unknown[], settle: Settle): void;
  watch(kind: unknown, resourceVersion: unknown): HostWatch;
  campaign(role: string, elected: (fence: Fence) => void, deposed: () => void): () => void;
  timer(delayMs: number, action: () => void): HostTimer;
  wallUs(): number;
  monotonicUs(): number;
  /** In [0, 1). */
  random(): number;
  print(level: string, line: string): void;
  show(view: unknown): void;
}

/** What the context gives back. */
export interface Inside {
  /** The object that holds what a module exports, read when it is asked for. */
  module(getters: Readonly<Record<string, () => unknown>>): unknown;
  /** Calls a main function, and what is to be told of how it ends. */
  begin(main: unknown): void;
  /** Marks a promise as looked after, and tells what it was rejected with. */
  probe(promise: unknown, rejected: (reason: unknown) => void): void;
  /** An error in words. */
  words(reason: unknown): { readonly message: string; readonly stack: string };
}

/** What is told of a platform at work: log lines, metrics, traces and events; and the boundary at which it comes into being. */
import { boundary, type Micros } from '../../../sim/index.ts';
import type { OutsideKind } from '../../api/resources/index.ts';
import type { StateClassId } from '../../api/state-classes.ts';

export type Signal = 'log' | 'metric' | 'trace';
export const signals: readonly Signal[] = ['log', 'metric', 'trace'];

export const kindOfSignal: Readonly<Record<Signal, OutsideKind>> = { log: 'RequestLog', metric: 'Metric', trace: 'Trace' };
export const classOfSignal: Readonly<Record<Signal, StateClassId>> = {
  log: 'request-logs',
  metric: 'metrics-and-traces',
  trace: 'metrics-and-traces',
};

export interface SignalRecord {
  /** From 1, by source and signal. */
  readonly sequence: number;
  readonly text: string;
}

export interface Batch {
  readonly signal: Signal;
  /** In the order of their making; some before and between may be missing. */
  readonly records: readonly SignalRecord[];
  /** How many the source has dropped since it began. */
  readonly lost: number;
}

/** The same thing, so many times: what a source has seen of it since it began. */
export interface EventCount {
  /** What it happened to, and what happened. */
  readonly key: string;
  readonly count: number;
  readonly lastUs: Micros;
}

/** A process in one of its lives. */
export const sourceOf = (name: string, incarnation: number): string => `${name}/${incarnation}`;

export function lifeOf(source: string): { readonly name: string; readonly incarnation: number } {
  const end = source.lastIndexOf('/');
  return { name: source.slice(0, end), incarnation: Number(source.slice(end + 1)) };
}

export interface EmittedSignal {
  readonly source: string;
  readonly signal: Signal | 'event';
  /** Of an event: its count. */
  readonly sequence: number;
  /** Of an event: its key. */
  readonly text: string;
}

/** A program has something to tell, whatever becomes of it. */
export const emittedBoundary = boundary<EmittedSignal>(
  'telemetry/emitted',
  ({ source, signal, sequence }) => `${source} has ${signal} ${sequence} to tell`,
);

/** Names of the records of one that stands in consensus. */
export const signalRecordOf = (source: string, sequence: number): string => `${source.replace('/', '.')}.${sequence}`;
export const eventRecordOf = (source: string, key: string): string =>
  `${source.replace('/', '.')}.${key.replaceAll(' ', '.').toLowerCase()}`;

/** The forms in which a recording is exported: what each is for, how its files are called, and what is told of one. */
import { ednOf } from '../../replay/export/edn.ts';
import { perfettoOf } from '../../replay/export/perfetto.ts';
import { shivizOf } from '../../replay/export/shiviz.ts';
import type { Trace } from '../../replay/export/trace.ts';

/** Those that are made of a trace of the run; `html` executes the run itself. */
export type TraceFormat = 'perfetto' | 'shiviz' | 'edn';
export type Format = 'html' | TraceFormat;

export const FORMATS: readonly Format[] = ['html', 'perfetto', 'shiviz', 'edn'];

export const extensions: Readonly<Record<Format, string>> = {
  html: 'html',
  perfetto: 'perfetto.json',
  shiviz: 'shiviz.log',
  edn: 'edn',
};

export const openedBy: Readonly<Record<Format, string>> = {
  html: 'opens in any browser, needs no network',
  perfetto: 'opens in ui.perfetto.dev',
  shiviz: 'opens in ShiViz',
  edn: 'a history as Jepsen writes it',
};

export function written(format: TraceFormat, trace: Trace): string {
  switch (format) {
    case 'perfetto':
      return perfettoOf(trace);
    case 'shiviz':
      return shivizOf(trace);
    case 'edn':
      return ednOf(trace.operations);
  }
}

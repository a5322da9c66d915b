/**
 * A run written down as it goes: every step in words, what clients asked and were told, and the faults; for
 * tools that know nothing of Quorate.
 */
import { describeFault, type Fault, type Micros, type Operation, type Run, type Violation } from '../../sim/index.ts';

export interface TracedStep {
  readonly id: number;
  /** Id of the event in whose handling this one was scheduled; 0 for none. */
  readonly cause: number;
  readonly timeUs: Micros;
  /** Whom it happens to; `world` for what is done from outside. */
  readonly process: string;
  readonly kind: string;
  readonly text: string;
}

export interface TracedFault {
  readonly fromUs: Micros;
  readonly untilUs: Micros;
  readonly text: string;
}

/** Plain data. */
export interface Trace {
  readonly processes: readonly string[];
  readonly steps: readonly TracedStep[];
  readonly operations: readonly Operation[];
  readonly faults: readonly TracedFault[];
  readonly violation: Violation | null;
  readonly digest: string;
}

/** Follows a run from its first step; the function returned gives what there is by then. */
export function traceOf(run: Run): () => Trace {
  const steps: TracedStep[] = [];
  run.observe({
    stepped({ id, cause, source, target, kind, body }, outcome) {
      const from = source !== null && source !== target ? ` from ${source.name}` : '';
      const text = `${kind.describe(body)}${from}${outcome === 'handled' ? '' : ` (${outcome})`}`;
      steps.push({ id, cause, timeUs: run.nowUs, process: target?.name ?? 'world', kind: kind.name, text });
    },
  });
  return () => ({
    processes: run.processes.map(({ name }) => name),
    steps,
    operations: run.history.operations,
    faults: run.spec.faults.filter(({ at }) => at <= run.nowUs).map((fault) => lasting(fault, run.spec.healAtUs)),
    violation: run.violation,
    digest: run.digest,
  });
}

function lasting(fault: Fault, healAtUs: Micros): TracedFault {
  const { at } = fault;
  const isMoment = fault.do === 'reset' || fault.do === 'rot' || fault.do === 'step-clock';
  const untilUs = isMoment ? at : 'for' in fault && fault.for !== undefined ? at + fault.for : healAtUs;
  return { fromUs: at, untilUs, text: describeFault(fault) };
}

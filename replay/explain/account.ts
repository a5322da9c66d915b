/** What is known of a failure before it is told: what it hung on, and what speaks of it. */
import { describeFault } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';
import type { Chronicle, Happening } from './chronicle.ts';
import type { ExplainedFault, ExplainedMessage, ExplainedOperation, Part } from './explanation.ts';
import type { Relevant } from './relevance.ts';

export interface Account {
  readonly faults: readonly ExplainedFault[];
  readonly operations: readonly ExplainedOperation[];
  /** Those that were tried, or would have been. */
  readonly parts: ReadonlyMap<Happening, Part>;
  readonly relevant: Relevant;
  readonly runs: number;
  readonly complete: boolean;
}

export interface Findings {
  readonly inputs: Inputs;
  readonly chronicle: Chronicle;
  readonly relevant: Relevant;
  /** By position. */
  readonly faults: readonly Part[];
  readonly operations: readonly Part[];
  readonly messages: ReadonlyMap<Happening, Part>;
  readonly runs: number;
  readonly complete: boolean;
}

export function accountOf({ inputs, chronicle, relevant, faults, operations, messages, runs, complete }: Findings): Account {
  return {
    faults: inputs.faults.map((fault, index) => ({
      index,
      fault,
      text: describeFault(fault),
      struck: chronicle.spans.find((span) => span.index === index)?.struck ?? [],
      part: faults[index] ?? 'untried',
    })),
    operations: inputs.workload.map((operation, index) => ({
      index,
      operation,
      text: describeOperation(operation),
      part: operations[index] ?? 'untried',
    })),
    parts: messages,
    relevant,
    runs,
    complete,
  };
}

export function explainedMessage({ step, timeUs, source, target, kind, words }: Happening, part: Part): ExplainedMessage {
  return { step, timeUs, from: source ?? '', to: target ?? '', kind, text: words, part };
}

/** One line for what a client was told to do, whatever its shape. */
function describeOperation(operation: object): string {
  const {
    client,
    operation: name,
    arguments: values,
  } = operation as { readonly client?: unknown; readonly operation?: unknown; readonly arguments?: unknown };
  const words =
    typeof values === 'object' && values !== null
      ? Object.entries(values).map(([key, value]) => (key === 'name' ? String(value) : `${key} ${inBrief(value)}`))
      : [];
  const what = typeof name === 'string' ? `${name} ${words.join(', ')}`.trim() : inBrief(operation);
  return typeof client === 'string' ? `${client}: ${what}` : what;
}

function inBrief(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

/**
 * A plan in words, a line each: what a seed has drawn. It is printed with a failure, so that a reader
 * sees at once what the run consisted of.
 */
import { defaultDesign } from '../model/design.ts';
import type { AnyIntent } from '../model/intent.ts';
import { hashValue } from '../replay/value-hash.ts';
import { byCodeUnit, describeFault, formatTime } from '../sim/index.ts';
import type { Plan } from './run-spec.ts';

const FAULTS_SHOWN = 20;

export function describePlan({
  design,
  topology,
  workload,
  faults,
  healAtUs,
  endUs,
}: Omit<Plan, 'seed' | 'defects'>): readonly string[] {
  return [
    `regions: ${topology.regions.join(', ')}`,
    `design: ${differences(design)}`,
    `operations: ${byOperation(workload.map(({ operation }) => operation))}`,
    `faults: ${faults.length} until ${formatTime(healAtUs)}, judged until ${formatTime(endUs)}`,
    ...faults.slice(0, FAULTS_SHOWN).map((fault) => `  ${formatTime(fault.at)}  ${describeFault(fault)}`),
    ...(faults.length <= FAULTS_SHOWN ? [] : [`  (${faults.length - FAULTS_SHOWN} more, in the recording)`]),
  ];
}

/** The values that differ from the default. */
function differences(design: Plan['design']): string {
  const usual: Readonly<Record<string, unknown>> = { ...defaultDesign };
  const drawn = Object.entries(design).filter(([field, value]) => hashValue(value) !== hashValue(usual[field]));
  return drawn.length === 0
    ? 'as it is by default'
    : drawn.map(([field, value]) => `${field} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ');
}

/** "9: 4 scale, 3 read, 2 roll-out"; the most frequent first. */
function byOperation(operations: readonly AnyIntent['operation'][]): string {
  const counts = new Map<string, number>();
  for (const operation of operations) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const parts = [...counts]
    .sort(([a, more], [b, less]) => less - more || byCodeUnit(a, b))
    .map(([operation, count]) => `${count} ${operation}`);
  return parts.length === 0 ? 'none' : `${operations.length}: ${parts.join(', ')}`;
}

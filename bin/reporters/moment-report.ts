/** One step of a run and the world after it, in words. */
import { formatTime } from '../../sim/time.ts';
import type { Moment } from '../execution/job.ts';
import { fieldsOf, PATH_SEPARATOR } from '../ui/fields.ts';

export function momentText({
  scenario,
  seed,
  step,
  timeUs,
  digest,
  event,
  activeFaults,
  verdict,
  violation,
  processes,
}: Moment): string {
  const lines = [`${scenario}, seed ${seed}: step ${step}, ${formatTime(timeUs)}, digest ${digest}`];
  if (event !== null)
    lines.push(`  ${event.text}`, `  ${event.kind}${event.causeStep === null ? '' : `, caused at step ${event.causeStep}`}`);
  if (violation !== null) lines.push(`  ${violation.property} (${violation.kind}): ${violation.message}`);
  if (verdict !== null) lines.push(`  verdict: ${verdict}`);
  for (const fault of activeFaults) lines.push(`  fault: ${fault}`);
  for (const { name, state, incarnation, waiting, program } of processes) {
    const standing = incarnation === 0 ? 'not started' : `${state}, incarnation ${incarnation}, ${waiting} waiting`;
    lines.push(`  ${name}: ${standing}`);
    if (program === null) continue;
    for (const { path, value } of fieldsOf(program)) lines.push(`    ${path.replaceAll(PATH_SEPARATOR, '.')}: ${value}`);
  }
  return lines.join('\n');
}

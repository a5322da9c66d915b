/** One step of a run and the world after it, in words. */
import { formatTime } from '../../sim/time.ts';
import type { Moment } from '../execution/job.ts';

export function momentText({ scenario, seed, step, timeUs, digest, event, activeFaults, verdict, violation, processes }: Moment): string {
  const lines = [`${scenario}, seed ${seed}: step ${step}, ${formatTime(timeUs)}, digest ${digest}`];
  if (event !== null) lines.push(`  ${event.text}`, `  event ${event.id} (${event.kind})${event.cause === 0 ? '' : `, caused by event ${event.cause}`}`);
  if (violation !== null) lines.push(`  ${violation.property} (${violation.kind}): ${violation.message}`);
  if (verdict !== null) lines.push(`  verdict: ${verdict}`);
  for (const fault of activeFaults) lines.push(`  fault: ${fault}`);
  const width = Math.max(...processes.map(({ name }) => name.length));
  for (const { name, state, incarnation, waiting, program } of processes) {
    lines.push(`  ${name.padEnd(width)}  ${state}, incarnation ${incarnation}, ${waiting} waiting  ${program === null ? '' : JSON.stringify(program)}`);
  }
  return lines.join('\n');
}

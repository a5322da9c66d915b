/** The report of a verification: as a JSON document, and in words. */
import type { Origin } from '../../replay/recorder.ts';
import type { Verification } from '../../replay/verify.ts';
import { formatTime } from '../../sim/time.ts';

export interface VerifyReport {
  readonly path: string;
  readonly verification: Verification;
  readonly recordedBy: Origin;
  readonly sameBuild: boolean;
  readonly interrupted: boolean;
}

/** The fields that scripts rely on come first. */
export function verifyJson({ verification, recordedBy, sameBuild, interrupted }: VerifyReport): object {
  const { identical, steps, digest, firstDifference } = verification;
  return { identical, steps, digest, firstDifference, recordedBy, sameBuild, interrupted };
}

export function verifyText({ path, verification, recordedBy, sameBuild, interrupted }: VerifyReport): string {
  const { identical, steps, digest, firstDifference } = verification;
  const lines: string[] = [];
  if (interrupted) lines.push(`${path}: interrupted after ${steps} steps, identical so far`);
  else if (identical) lines.push(`${path}: identical, ${steps} steps, digest ${digest}`);
  if (firstDifference !== null) {
    const { step, timeUs, what, recorded, repeated, event } = firstDifference;
    lines.push(
      `${path}: differs at step ${step}, ${formatTime(timeUs)}`,
      `  ${what} recorded: ${recorded}`,
      `  ${what} now:      ${repeated}`,
    );
    if (event !== null) lines.push(`  the step now: ${event}`);
  }
  if (!sameBuild)
    lines.push(`  recorded by another build (Quorate ${recordedBy.quorate}, ${recordedBy.build}): this decides nothing`);
  return lines.join('\n');
}

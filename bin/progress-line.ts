/** Progress of long work on stderr: a bar on a terminal, else a line now and then. */
import { performance } from 'node:perf_hooks';

const BAR_CELLS = 24;
const LINE_EVERY_MS = 10_000;
const BAR_EVERY_MS = 100;

export class ProgressLine {
  private readonly label: string;
  private readonly began = performance.now();
  private shownAt = 0;
  private readonly terminal = process.stderr.isTTY;

  constructor(label: string) {
    this.label = label;
  }

  /** `done` of `total` in that unit; `note` is added behind the figures. */
  update(done: number, total: number, unit: string, note: string): void {
    const now = performance.now();
    if (now - this.shownAt < (this.terminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.shownAt = now;
    const figures = `${this.label}  ${done}/${total} ${unit}  ${((now - this.began) / 1_000).toFixed(0)} s  ${note}`.trimEnd();
    if (!this.terminal) {
      process.stderr.write(`${figures}\n`);
      return;
    }
    const filled = Math.min(BAR_CELLS, Math.round((done / Math.max(total, 1)) * BAR_CELLS));
    // A line that is too long wraps, and then is not taken away.
    const line = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${figures}`.slice(
      0,
      Math.max(process.stderr.columns - 1, 0),
    );
    process.stderr.write(`\r\u001b[2K${line}`);
  }

  /** Where nobody knows how much there is to do. */
  note(text: string): void {
    const now = performance.now();
    if (now - this.shownAt < (this.terminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.shownAt = now;
    const line = `${this.label}  ${((now - this.began) / 1_000).toFixed(0)} s  ${text}`;
    process.stderr.write(this.terminal ? `\r\u001b[2K${line.slice(0, Math.max(process.stderr.columns - 1, 0))}` : `${line}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.terminal) process.stderr.write('\r\u001b[2K');
  }
}

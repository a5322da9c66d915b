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

  /** `note` is added behind the figures. */
  update(done: number, total: number, note: string): void {
    const now = performance.now();
    if (now - this.shownAt < (this.terminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.shownAt = now;
    const elapsed = (now - this.began) / 1_000;
    const figures = `${done}/${total}  ${elapsed.toFixed(0)} s  ${note}`;
    if (!this.terminal) {
      process.stderr.write(`${this.label} ${figures}\n`);
      return;
    }
    const filled = Math.round((done / Math.max(total, 1)) * BAR_CELLS);
    process.stderr.write(`\r\u001b[2K${this.label} ${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${figures}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.terminal) process.stderr.write('\r\u001b[2K');
  }
}

/** A map from two whole numbers to a third, without an object for any of them. */

const EMPTY = -1;
const FIRST_CAPACITY = 64;

/** Numbers are 0 or more, and fit in 31 bits; values are -1 or more. */
export class PairMap {
  private capacity = FIRST_CAPACITY;
  /** Three numbers each, by open addressing; the first is -1 where nothing is. */
  private cells = new Int32Array(FIRST_CAPACITY * 3).fill(EMPTY);
  private size = 0;

  get(first: number, second: number): number | undefined {
    const at = this.find(first, second);
    return this.cells[at] === EMPTY ? undefined : this.cells[at + 2];
  }

  set(first: number, second: number, value: number): void {
    const at = this.find(first, second);
    if (this.cells[at] === EMPTY && ++this.size * 2 > this.capacity) {
      this.grow();
      this.size--;
      return this.set(first, second, value);
    }
    this.cells[at] = first;
    this.cells[at + 1] = second;
    this.cells[at + 2] = value;
  }

  private find(first: number, second: number): number {
    const mask = this.capacity - 1;
    let slot = hash(first, second) & mask;
    for (;;) {
      const at = slot * 3;
      if (this.cells[at] === EMPTY || (this.cells[at] === first && this.cells[at + 1] === second)) return at;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const { cells } = this;
    this.capacity *= 4;
    this.cells = new Int32Array(this.capacity * 3).fill(EMPTY);
    for (let at = 0; at < cells.length; at += 3) {
      if (cells[at] === EMPTY) continue;
      const to = this.find(cells[at] as number, cells[at + 1] as number);
      this.cells.set(cells.subarray(at, at + 3), to);
    }
  }
}

/** Spreads neighbours; both are multiplied by odd numbers and the high bits folded down. */
function hash(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

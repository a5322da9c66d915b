/** Who leads which term, as seen from messages that only a leader sends. */
const nobody = -1;

export class Leaders {
  /** Index of the process, by term. One entry for each election that was won. */
  private readonly byTerm = new Map<number, number>();
  private lastTerm = nobody;
  private lastProcess = nobody;

  /** The leader of the term, or `nobody` as long as it has not spoken. */
  of(term: number): number {
    return this.byTerm.get(term) ?? nobody;
  }

  /** The last leader that was heard was this process, in this term. */
  isLatest(process: number, term: number): boolean {
    return term === this.lastTerm && process === this.lastProcess;
  }

  /** Of a message that only leaders send: true when it makes the sender known as the leader of its term. */
  hear(process: number, term: number): boolean {
    this.lastTerm = term;
    this.lastProcess = process;
    if (this.byTerm.has(term)) return false;
    this.byTerm.set(term, process);
    return true;
  }
}

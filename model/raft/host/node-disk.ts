/** A leader whose disk fails: noticed at every tick, and when a snapshot that somebody needs cannot be read. */
import type { Micros } from '../../../sim/index.ts';
import type { Raft } from '../core/raft.ts';

export interface DiskHost {
  readonly electionUs: Micros;
  /** Leadership is given up then. */
  readonly resigns: boolean;
  raft(): Raft | null;
  nowUs(): Micros;
  /** Since when the disk has been busy with the log; negative: it is idle. */
  writingSinceUs(): Micros;
  /** Since when it has been busy with a snapshot that somebody needs; negative: with none. */
  readingSinceUs(): Micros;
}

export class NodeDisk {
  private readonly host: DiskHost;

  constructor(host: DiskHost) {
    this.host = host;
  }

  /**
   * A leader that waits for its own disk longer than others wait for it is none: it can apply nothing and answer nobody, and its
   * heartbeats keep everybody else from leading (hashicorp/raft #522; etcd stands still as a whole, and so is deposed).
   */
  tick(): void {
    const { host } = this;
    if (host.raft()?.isLeader !== true) return;
    const nowUs = host.nowUs();
    if (this.waited(host.writingSinceUs(), nowUs) || this.waited(host.readingSinceUs(), nowUs)) this.fails();
  }

  private waited(sinceUs: Micros, nowUs: Micros): boolean {
    return sinceUs >= 0 && nowUs - sinceUs >= this.host.electionUs;
  }

  /** It does not give back what it should. */
  fails(): void {
    if (this.host.resigns) this.host.raft()?.resign();
  }
}

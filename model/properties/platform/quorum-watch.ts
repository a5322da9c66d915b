/** Whether a majority of the store can talk, followed over a run. */
import { EventType, type Scene } from '../../../sim/index.ts';
import { SPARE } from '../../platform.ts';
import { storeMembers } from './members.ts';

/**
 * For a group that may change: any set as large as a majority of the members that it began with may be a quorum, whoever they
 * are, spares among them; the group never gets smaller. A quorum exists while some member can talk with so many others that they
 * are a majority with it; a leader needs no more. It may hear from one of them now and from another later: within one loss of
 * quorum, two that could talk at any time count as able to talk.
 */
export class QuorumWatch {
  readonly members: readonly string[];
  exists = true;
  /** How many were members in the beginning. */
  private readonly began: number;
  private readonly scene: Scene;
  /** Pairs that could talk at some time of the present loss, row by row. */
  private met: boolean[] = [];

  constructor(scene: Scene) {
    this.scene = scene;
    this.members = storeMembers(scene);
    this.began = this.members.filter((name) => !name.includes(`-${SPARE}-`)).length;
  }

  /** Takes a step in that was a control event; true when it changed the answer. */
  stepped(): boolean {
    if (this.members.length === 0) return false;
    const existed = this.exists;
    this.exists = this.assess();
    return this.exists !== existed;
  }

  private assess(): boolean {
    const { members, scene } = this;
    const { length } = members;
    if (this.exists) this.met = new Array<boolean>(length * length).fill(false);
    for (let a = 0; a < length; a++) {
      for (let b = a; b < length; b++) {
        if (this.met[a * length + b] || !scene.connected(members[a] as string, members[b] as string)) continue;
        this.met[a * length + b] = true;
        this.met[b * length + a] = true;
      }
    }
    return members.some((_, a) => this.met.slice(a * length, (a + 1) * length).filter(Boolean).length * 2 > this.began);
  }
}

/** Faults begin and end, and processes start and end, in control events alone. */
export function isControl(type: EventType): boolean {
  return type === EventType.control;
}

/** What properties have in common that judge in calm: their judge is told of commits and of troubles, and once more from scratch. */
import {
  seconds,
  type Fault,
  type Micros,
  type Monitor,
  type Observer,
  type Process,
  type Report,
  type Scene,
} from '../../../sim/index.ts';
import type { Change, CommitJournal, Subject } from './journal.ts';
import { Troubles } from './troubles.ts';

/** Knows what has been committed, and what is wrong besides; says in words what should not be, null when there is nothing. */
export abstract class CalmJudge {
  readonly troubles = new Troubles();

  abstract changed(change: Change, nowUs: Micros): string | null;

  /** Asked every second: what has been so for too long. */
  look(_nowUs: Micros): string | null {
    return null;
  }

  struck(fault: Fault, processes: readonly Process[], nowUs: Micros): void {
    this.troubles.struck(fault, processes, nowUs);
  }

  /** A process has ended or begun, whatever the reason. */
  stirred(_process: string, nowUs: Micros): void {
    this.troubles.stirred(nowUs);
  }

  healed(nowUs: Micros): void {
    this.troubles.healed(nowUs);
  }
}

interface Options {
  readonly journal: CommitJournal;
  readonly subjects: readonly Subject[];
  readonly judge: () => CalmJudge;
  readonly keepEvidence: boolean;
}

const LOOK_US = seconds(1);

export class CalmMonitor implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly newJudge: () => CalmJudge;
  private readonly judge: CalmJudge;
  /** What the judge was told, one after the other. */
  private readonly evidence: ((judge: CalmJudge) => string | null | void)[] | null;

  constructor(report: Report, scene: Scene, { journal, subjects, judge, keepEvidence }: Options) {
    this.report = report;
    this.scene = scene;
    this.through = [journal];
    this.newJudge = judge;
    this.judge = judge();
    this.evidence = keepEvidence ? [] : null;
    journal.follow(
      (changes) => {
        const nowUs = scene.nowUs();
        for (const change of changes) this.tell((one) => one.changed(change, nowUs));
      },
      ...subjects,
    );
  }

  struck(fault: Fault, processes: readonly Process[]): void {
    const nowUs = this.scene.nowUs();
    this.tell((judge) => judge.struck(fault, processes, nowUs));
  }

  crashed({ name }: Process): void {
    this.stirred(name);
  }

  started({ name }: Process): void {
    this.stirred(name);
  }

  healed(nowUs: Micros): void {
    this.tell((judge) => judge.healed(nowUs));
  }

  passed(nowUs: Micros): Micros {
    this.tell((judge) => judge.look(nowUs));
    return nowUs + LOOK_US;
  }

  fullCheck(): string | null {
    const judge = this.newJudge();
    for (const tell of this.evidence ?? []) {
      const fault = tell(judge);
      if (typeof fault === 'string') return fault;
    }
    return null;
  }

  private stirred(name: string): void {
    const nowUs = this.scene.nowUs();
    this.tell((judge) => judge.stirred(name, nowUs));
  }

  private tell(what: (judge: CalmJudge) => string | null | void): void {
    this.evidence?.push(what);
    const fault = what(this.judge);
    if (typeof fault === 'string') this.report.violated(fault);
  }
}

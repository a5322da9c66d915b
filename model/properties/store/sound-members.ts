/** Sound members: who is taken for sound by the check for corruption has been compared, and is. */
import type { Boundary, Monitor, Process, Property, Report } from '../../../sim/index.ts';
import {
  corruptionCheckedBoundary,
  hashAnsweredBoundary,
  type CorruptionChecked,
  type HashAnswered,
} from '../../store/member/member-corruption.ts';

export const soundMembers: Property = {
  id: 'store/sound-members',
  kind: 'always',
  title:
    'a member that the corruption check takes for sound has reported the same hash, and one that it takes for corrupt a different hash',
  monitor: (report, _scene, keepEvidence) => new SoundMembers(report, keepEvidence),
};

/** Answers remembered of each member: two leaders may ask at a time. */
const REMEMBERED = 8;

type Seen =
  | { readonly type: 'answered'; readonly answer: HashAnswered }
  | { readonly type: 'checked'; readonly check: CorruptionChecked };

class SoundMembers implements Monitor {
  private readonly report: Report;
  private readonly evidence: Seen[] | null;
  /** By member, newest last. */
  private readonly answers: HashAnswered[][] = [];

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (hashAnsweredBoundary as Boundary) || what === (corruptionCheckedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (hashAnsweredBoundary as Boundary)) {
      const answer = body as HashAnswered;
      this.evidence?.push({ type: 'answered', answer });
      const answers = (this.answers[answer.member] ??= []);
      answers.push(answer);
      if (answers.length > REMEMBERED) answers.shift();
    } else if (what === (corruptionCheckedBoundary as Boundary)) {
      const check = body as CorruptionChecked;
      this.evidence?.push({ type: 'checked', check });
      const wrong = this.wrong(check);
      if (wrong !== null) this.report.violated(wrong);
    }
  }

  private wrong(check: CorruptionChecked): string | null {
    for (const member of check.sound) {
      const answer = (this.answers[member] ?? []).findLast((told) => isComparable(told, check));
      if (answer?.hash !== check.hash) return unfounded(check, member, answer);
    }
    for (const member of check.corrupt) {
      const answer = (this.answers[member] ?? []).findLast((told) => isComparable(told, check));
      if (answer?.hash === check.hash) return slandered(check, member);
    }
    return null;
  }

  fullCheck(): string | null {
    const told: HashAnswered[] = [];
    for (const seen of this.evidence ?? []) {
      if (seen.type === 'answered') {
        told.push(seen.answer);
        continue;
      }
      const { check } = seen;
      const hashes = new Map(told.filter((answer) => isComparable(answer, check)).map((answer) => [answer.member, answer]));
      for (const member of check.sound)
        if (hashes.get(member)?.hash !== check.hash) return unfounded(check, member, hashes.get(member));
      for (const member of check.corrupt) if (hashes.get(member)?.hash === check.hash) return slandered(check, member);
    }
    return null;
  }
}

function isComparable(a: HashAnswered, b: HashAnswered): boolean {
  return a.revision === b.revision && a.compactRevision === b.compactRevision;
}

function unfounded(check: CorruptionChecked, member: number, answer: HashAnswered | undefined): string {
  const what = answer === undefined ? 'has told it no hash' : `has told it hash ${answer.hash}`;
  return `member ${check.member}, with hash ${check.hash} at revision ${check.revision}, takes member ${member} for sound, which ${what}`;
}

function slandered(check: CorruptionChecked, member: number): string {
  return `member ${check.member} takes member ${member} for corrupt, which has told it the same hash ${check.hash} at revision ${check.revision}`;
}

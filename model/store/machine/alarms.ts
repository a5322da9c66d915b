/** The alarms that members have raised: replicated, and in force until somebody takes them back (etcd `alarmStore`). */
import type { AlarmRequest, MemberAlarm } from './requests.ts';

export class Alarms {
  /** Raised ones, in the order of member and kind. */
  private raised: readonly MemberAlarm[] = [];
  /** Whether any member is out of space; then the store takes nothing that makes it grow. */
  outOfSpace = false;
  /** Whether any member has found that members differ; then the store takes no changes at all. */
  isCorrupt = false;

  /** Answers as etcd: with what stands, or what was raised or taken back; nothing when there was nothing to take back. */
  apply({ action, member, alarm }: AlarmRequest): readonly MemberAlarm[] {
    switch (action) {
      case 'get':
        return this.raised.filter((other) => alarm === 'none' || other.alarm === alarm);
      case 'activate': {
        if (alarm === 'none') return [];
        const added: MemberAlarm = { member, alarm };
        if (!this.raised.some((other) => isSame(other, added))) this.replace([...this.raised, added]);
        return [added];
      }
      case 'deactivate': {
        if (alarm === 'none') return [];
        const gone = this.raised.filter((other) => isSame(other, { member, alarm }));
        if (gone.length > 0) this.replace(this.raised.filter((other) => !gone.includes(other)));
        return gone;
      }
    }
  }

  records(): readonly MemberAlarm[] {
    return this.raised;
  }

  restore(records: readonly MemberAlarm[]): void {
    this.replace([...records]);
  }

  private replace(raised: MemberAlarm[]): void {
    this.raised = raised.sort((a, b) => a.member - b.member || (a.alarm < b.alarm ? -1 : 1));
    this.outOfSpace = raised.some(({ alarm }) => alarm === 'nospace');
    this.isCorrupt = raised.some(({ alarm }) => alarm === 'corrupt');
  }
}

function isSame(a: MemberAlarm, b: MemberAlarm): boolean {
  return a.member === b.member && a.alarm === b.alarm;
}

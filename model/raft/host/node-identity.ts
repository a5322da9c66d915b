/** Under which id a process takes part: the one that its log names; without a log, one that it is given. */
import { kind, type Kind, type Micros, type Os } from '../../../sim/index.ts';
import type { Configuration, MemberId } from '../core/configuration.ts';
import { announceKind, type Announcement, type Welcome } from './joining.ts';
import type { Wal } from './wal.ts';

export interface IdentityHost {
  readonly os: Os;
  readonly wal: Wal;
  /** The group as it began, and this process's id in it; 0: it is a spare. */
  readonly id: MemberId;
  readonly configuration: Configuration;
  /** Where members may be found. */
  readonly processes: readonly string[];
  readonly everyUs: Micros;
  /** Takes up its old id although it has forgotten what it promised under it. */
  readonly forgetsLosses: boolean;
}

const announceAgainKind: Kind<null> = kind<null>('raft/announce-again', { serviceUs: 1, describe: () => 'tells once more that it has no log' });

export class NodeIdentity {
  private readonly host: IdentityHost;
  private waiting = false;

  constructor(host: IdentityHost) {
    this.host = host;
  }

  /** It has no log, and waits to be told who it is. */
  get joining(): boolean {
    return this.waiting;
  }

  /** There is no log: either this is the beginning, or the disk is another one, or this is a spare. */
  blank(): void {
    const { os, wal, id, configuration, forgetsLosses } = this.host;
    if (id !== 0 && (os.disk.replaced === 0 || forgetsLosses)) {
      wal.create(id, configuration);
      return;
    }
    this.waiting = true;
    this.announce();
  }

  welcomed({ member, disk }: Welcome): void {
    const { os, wal, configuration } = this.host;
    if (!this.waiting || disk !== os.disk.replaced) return;
    this.waiting = false;
    wal.create(member, configuration);
  }

  /** Asks whether it still belongs to the group: whoever is removed while it is down hears of it from nobody else. */
  ask(member: MemberId): void {
    const { os, processes } = this.host;
    const announcement: Announcement = { process: os.name, member, disk: os.disk.replaced };
    for (const process of processes) if (process !== os.name) os.send(process, announceKind, announcement);
  }

  private announce(): void {
    if (!this.waiting) return;
    const { os, everyUs } = this.host;
    this.ask(0);
    os.after(everyUs, announceAgainKind, () => this.announce());
  }
}

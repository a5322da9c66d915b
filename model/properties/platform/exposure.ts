/** The exposure of an external resource: how long a stale leader could still act there after a newer one was elected. */
import type { Boundary, Kind, Micros, Observer, Process } from '../../../sim/index.ts';
import type { AcceptedAction } from '../../outside/accepted.ts';
import { isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import { type Action, ActionReader, isAcceptance } from './actions.ts';
import { CommitJournal } from './journal.ts';

/** From the grant of a token to its seal at the cloud. */
export interface Exposure {
  readonly role: string;
  readonly token: number;
  readonly grantedUs: Micros;
  readonly sealedUs: Micros;
  /** Actions under older tokens that the cloud accepted meanwhile. */
  readonly staleActions: number;
}

/** Observes a run: `run.observe(meter)`. */
export class ExposureMeter implements Observer {
  readonly exposures: Exposure[] = [];
  private readonly reader = new ActionReader();
  private readonly journal = new CommitJournal();
  private readonly open = new Map<string, { readonly token: number; readonly grantedUs: Micros; staleActions: number }>();
  private nowUs: Micros = 0;

  passed(nowUs: Micros): void {
    this.nowUs = nowUs;
  }

  sent(_from: Process, _to: Process, what: Kind, body: unknown): void {
    this.reader.asked(what, body);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (isApplied(what)) this.take(this.reader.committed(this.journal.see(body as AppliedEntry) ?? []));
    else if (isAcceptance(what)) this.take(this.reader.accepted(body as AcceptedAction));
  }

  private take(actions: readonly Action[]): void {
    for (const { at, type, role, token } of actions) {
      const open = this.open.get(role);
      if (type === 'grant') {
        this.open.set(role, { token, grantedUs: this.nowUs, staleActions: 0 });
      } else if (at === 'cloud' && open !== undefined) {
        if (token < open.token) {
          open.staleActions++;
        } else {
          const { grantedUs, staleActions } = open;
          this.exposures.push({ role, token, grantedUs, sealedUs: this.nowUs, staleActions });
          this.open.delete(role);
        }
      }
    }
  }
}

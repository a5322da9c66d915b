/** The users of a region: they read and write at the services of the platform, wait no longer than they care to, and count what goes wrong. */
import { boundary, Channel, ms, type Boot, type Co, type Os, type Program } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import { userMethod } from './gateway-methods.ts';

export interface UserOptions {
  /** The gateway of the region first. */
  readonly gateways: readonly string[];
  /** Names of the services that they use. */
  readonly services: readonly string[];
  readonly design: Design;
}

/** What users show of themselves. */
export interface UserView {
  readonly asked: number;
  readonly answered: number;
  /** Writes that were acknowledged. */
  readonly written: number;
  /** Errors by what they were told; `no answer` when nothing. */
  readonly errors: Readonly<Record<string, number>>;
}

/** The boundary of the platform towards its users. */
export interface ToldUser {
  readonly service: string;
  readonly operation: 'read' | 'write';
  /** Empty when they got what they asked for. */
  readonly error: string;
}

export const toldUserBoundary = boundary<ToldUser>('user/told', ({ service, operation, error }) => `${operation} of ${service}: ${error === '' ? 'answered' : error}`);

export function user(options: UserOptions): Boot {
  return (os) => new User(os, options);
}

const PATIENCE_US = ms(1_500);
const WRITE_PERCENT = 40;

class User implements Program {
  private readonly os: Os;
  private readonly options: UserOptions;
  private readonly errors = new Map<string, number>();
  private asked = 0;
  private answered = 0;
  private written = 0;

  constructor(os: Os, options: UserOptions) {
    this.os = os;
    this.options = options;
  }

  start(): void {
    if (this.options.services.length > 0) this.os.spawn('use services', this.use());
  }

  inspect(): UserView {
    const { asked, answered, written } = this;
    return { asked, answered, written, errors: Object.fromEntries(this.errors) };
  }

  private *use(): Co<never> {
    const { os } = this;
    const { gateways, services, design } = this.options;
    const channel = new Channel(os, gateways, { rotateOnDeadline: true });
    const chance = os.random('user');
    for (;;) {
      yield* os.sleep(1 + chance.exponential(design.userPauseUs));
      const service = chance.pick(services);
      const operation = chance.percent(WRITE_PERCENT) ? 'write' : 'read';
      const id = `${os.name}.${os.incarnation}.${++this.asked}`;
      const answer = yield* channel.call(userMethod, { service, operation, id }, PATIENCE_US);
      const error = answer.status === 'ok' ? '' : answer.status === 'refused' ? answer.code : 'no answer';
      if (error === '') this.answered++;
      else this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
      if (error === '' && operation === 'write') this.written++;
      os.cross(toldUserBoundary, { service, operation, error });
    }
  }
}

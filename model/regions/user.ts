/**
 * The users of a region: they read and write at the services of the platform, wait no longer than they
 * care to, and count what goes wrong.
 */
import { boundary, Channel, Channels, ms, type Boot, type Co, type Micros, type Os, type Program } from '../../sim/index.ts';
import type { Design } from '../design.ts';
import { resolveMethod } from '../outside/dns/methods.ts';
import { userMethod, type UserRequest } from './gateway-methods.ts';

export interface UserOptions {
  /** Name of the DNS's process, by which they find a gateway. */
  readonly dns: string;
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

export const toldUserBoundary = boundary<ToldUser>(
  'user/told',
  ({ service, operation, error }) => `${operation} of ${service}: ${error === '' ? 'answered' : error}`,
);

export function user(options: UserOptions): Boot {
  return (os) => new User(os, options);
}

const PATIENCE_US = ms(1_500);
const RESOLVE_US = ms(500);
const WRITE_PERCENT = 40;
const NEGATIVE_TTL_US = ms(500);
const RECONNECT_US = ms(500);

class User implements Program {
  private readonly os: Os;
  private readonly options: UserOptions;
  private readonly errors = new Map<string, number>();
  private readonly dns: Channel;
  private readonly gateways: Channels;
  /** By region, until when its gateway is passed over, because it has not answered. */
  private readonly silent = new Map<string, Micros>();
  private readonly known = new Map<string, { readonly targets: readonly string[]; readonly untilUs: Micros }>();
  private asked = 0;
  private answered = 0;
  private written = 0;

  constructor(os: Os, options: UserOptions) {
    this.os = os;
    this.options = options;
    this.dns = new Channel(os, [options.dns]);
    this.gateways = new Channels(os, { reconnectUs: RECONNECT_US });
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
    const { services, design } = this.options;
    const chance = os.random('user');
    for (;;) {
      yield* os.sleep(1 + chance.exponential(design.userPauseUs));
      const service = chance.pick(services);
      const operation = chance.percent(WRITE_PERCENT) ? 'write' : 'read';
      const id = `${os.name}.${os.incarnation}.${++this.asked}`;
      // There are many of them, and none waits for another.
      os.spawn(id, this.request({ service, operation, id }), (error) => this.told(service, operation, error));
    }
  }

  private told(service: string, operation: 'read' | 'write', error: string): void {
    if (error !== '') this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
    else if (operation === 'write') this.written++;
    if (error === '') this.answered++;
    this.os.cross(toldUserBoundary, { service, operation, error });
  }

  /** What went wrong; empty when nothing did. */
  private *request(request: UserRequest): Co<string> {
    const regions = yield* this.resolve(request.service);
    if (regions.length === 0) return 'no-name';
    const region = this.nearest(regions);
    const answer = yield* this.gateways.to(`gateway-${region}`).call(userMethod, request, PATIENCE_US);
    if (answer.status === 'ok') return '';
    if (answer.status === 'refused') return answer.code;
    // Whoever gets no answer looks the name up again before it asks once more, and then tries
    // another address of those that it leads to.
    this.known.set(request.service, { targets: regions, untilUs: 0 });
    this.silent.set(region, this.os.monotonicUs() + this.options.design.dnsTtlUs);
    return 'no answer';
  }

  /** The own region if it can be, and none that has just been silent while there is another. */
  private nearest(regions: readonly string[]): string {
    const nowUs = this.os.monotonicUs();
    const heard = regions.filter((region) => (this.silent.get(region) ?? 0) <= nowUs);
    const usable = heard.length > 0 ? heard : regions;
    return usable.find((region) => region === this.os.region) ?? (usable[0] as string);
  }

  /** Regions that a name leads to, as known for no longer than the time to live. */
  private *resolve(record: string): Co<readonly string[]> {
    const nowUs = this.os.monotonicUs();
    const known = this.known.get(record);
    if (known !== undefined && nowUs < known.untilUs) return known.targets;
    const answer = yield* this.dns.call(resolveMethod, { record }, RESOLVE_US);
    // Where nobody answers, what was known before is better than nothing (RFC 8767). That a name
    // leads nowhere is an answer (RFC 2308).
    const targets = answer.status === 'ok' ? answer.value.targets : answer.status === 'refused' ? [] : (known?.targets ?? []);
    this.known.set(record, { targets, untilUs: nowUs + (targets.length > 0 ? this.options.design.dnsTtlUs : NEGATIVE_TTL_US) });
    return targets;
  }
}

/**
 * The failover controller: sees to it that each service with a primary has one, and never two. It takes the office from who
 * looks dead from most vantage points, waits until that one has stopped by itself, and gives it, with a new epoch, to one
 * who lags by no more than the bound.
 */
import { ms, type Boot, type Co, type Micros } from '../../sim/index.ts';
import {
  controllerReference,
  type Backend,
  type Fence,
  type Primary,
  type Resource,
  type Service,
  type Workload,
} from '../api/resources/index.ts';
import type { Design } from '../design.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { Finalizer } from './machinery/finalizers.ts';
import { FAILOVER_ROLE, type ControllerOptions } from './machinery/options.ts';
import { VantagePoints } from './vantage-points.ts';

export interface FailoverOptions extends ControllerOptions {
  /** Names of the gateways, whose reports are asked for. */
  readonly gateways: readonly string[];
}

export function failover(options: FailoverOptions): Boot {
  return controller(options, (tools) => new Failover(tools, options));
}

/**
 * Keeps a Primary for as long as its Service exists: with the epoch and the list of those in sync all
 * that was acknowledged would be lost.
 */
const PRIMARY_FINALIZER = 'failover/primary';
const LOOK_AGAIN_US = ms(500);

/** Since when, by the own clock, something has been as it is. */
interface Since {
  readonly epoch: number;
  readonly us: Micros;
}

/** Keys are names of services, which their Primary bears as well. */
class Failover implements ControllerLogic {
  readonly role = FAILOVER_ROLE;
  readonly kinds = ['Service', 'Endpoints', 'Primary'] as const;
  private readonly tools: ControllerTools;
  private readonly design: Design;
  private readonly vantage: VantagePoints;
  private readonly finalizer: Finalizer;
  private readonly waitUs: Micros;
  private readonly promotesAnybody: boolean;
  private readonly asksTheHolder: boolean;
  /** By uid of the Primary, since when it was seen vacant, and since when somebody holds it. */
  private readonly vacant = new Map<string, Since>();
  private readonly held = new Map<string, Since>();
  /** By uid of the Primary, since when the holder looks dead. */
  private readonly suspected = new Map<string, Since>();

  constructor(tools: ControllerTools, { design, defects, gateways }: FailoverOptions) {
    this.tools = tools;
    this.design = design;
    this.vantage = new VantagePoints(tools.os, gateways, design, defects);
    this.finalizer = new Finalizer(PRIMARY_FINALIZER, tools.client, defects);
    this.promotesAnybody = defects.has('promote-whoever-is-ready');
    this.asksTheHolder = defects.has('failover-asks-the-holder');
    // An old holder stops by its own clock, which may run slower than this one.
    this.waitUs = defects.has('promote-without-waiting')
      ? 0
      : Math.ceil((design.primaryDeadlineUs * (100 + design.failoverMarginPercent)) / 100);
  }

  observed(object: Resource, gone: boolean): void {
    if (object.kind !== 'Primary') return;
    const { uid } = object.metadata;
    if (gone) for (const times of [this.vacant, this.held, this.suspected]) times.delete(uid);
    else this.note(object as Primary);
  }

  concerns(object: Resource): readonly string[] {
    return [object.metadata.name];
  }

  *background(): Co<void> {
    this.vantage.clear();
    this.suspected.clear();
    for (;;) {
      const watched = this.tools
        .cache('Service')
        .list()
        .filter(({ spec }) => spec.mode === 'primary');
      if (watched.length > 0) this.vantage.ask();
      for (const { metadata } of watched) this.tools.queue.add(metadata.name);
      yield* this.tools.os.sleep(this.design.healthCheckUs);
    }
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const service = this.tools.cache('Service').get(name);
    const primary = this.tools.cache('Primary').get(name);
    const isWanted = service !== undefined && service.metadata.deletionUs === null && service.spec.mode === 'primary';
    if (primary !== undefined && (!isWanted || primary.spec.service !== service.metadata.uid))
      return yield* this.abolish(primary, fence);
    if (!isWanted) return 'done';
    if (primary === undefined) return yield* this.establish(service, fence);
    const endpoints = this.tools.cache('Endpoints').get(name);
    const backends = endpoints?.spec.service === service.metadata.uid ? endpoints.spec.backends : [];
    return primary.spec.workload === ''
      ? yield* this.fill(primary, backends, fence)
      : yield* this.judge(primary, backends, fence);
  }

  inspect(): unknown {
    return { reports: this.vantage.inspect(), suspected: [...this.suspected.keys()] };
  }

  // ── the office itself ────────────────────────────────────────────────────────────────────────────────────────────

  private *establish({ metadata }: Service, fence: Fence): Co<Reconciled> {
    const { name, uid } = metadata;
    const spec = { service: uid, workload: '', node: '', region: '', epoch: 0, line: 0, inSync: [] };
    const made = yield* this.tools.client.create('Primary', name, spec, fence, {
      owners: [controllerReference('Service', metadata)],
      finalizers: [PRIMARY_FINALIZER],
    });
    return made.status === 'refused' && made.code === 'already-exists' ? LOOK_AGAIN_US : reconciledBy(made);
  }

  /** The caches of two kinds are of two times: only the API can say that the service is gone. */
  private *abolish(primary: Primary, fence: Fence): Co<Reconciled> {
    const { metadata, spec } = primary;
    const service = yield* this.tools.client.get('Service', metadata.name);
    if (service.status === 'ok' && service.value.metadata.uid === spec.service && service.value.metadata.deletionUs === null)
      return LOOK_AGAIN_US;
    if (service.status !== 'ok' && !(service.status === 'refused' && service.code === 'not-found')) return 'retry';
    if (metadata.deletionUs !== null) return yield* this.letGo(primary, fence);
    const deleted = yield* this.tools.client.delete('Primary', metadata.name, { uid: metadata.uid, fence });
    const isGone = deleted.status === 'refused' && (deleted.code === 'not-found' || deleted.code === 'conflict');
    return isGone ? LOOK_AGAIN_US : reconciledBy(deleted);
  }

  private *letGo(primary: Primary, fence: Fence): Co<Reconciled> {
    if (!this.finalizer.isOn(primary)) return LOOK_AGAIN_US;
    const released = yield* this.finalizer.takeOff(primary, fence);
    return released.status === 'refused' && released.code === 'not-found' ? 'done' : reconciledBy(released);
  }

  // ── taking it away ───────────────────────────────────────────────────────────────────────────────────────────────

  private *judge(primary: Primary, backends: readonly Backend[], fence: Fence): Co<Reconciled> {
    const { uid } = primary.metadata;
    const { service, workload, epoch } = primary.spec;
    const successors = this.candidates(primary, backends).filter((backend) => backend.workload !== workload);
    const isPublished = backends.some((backend) => backend.workload === workload);
    if (!isPublished && (yield* this.isLeaving(workload, successors))) return yield* this.vacate(primary, fence);
    if (isPublished && !this.vantage.looksDead(service, workload)) {
      this.suspected.delete(uid);
      return 'done';
    }
    // A container that ends is started again in a moment, and what is published may be old: not to be ready is as good a
    // sign of death as any, and no better.
    const nowUs = this.tools.os.monotonicUs();
    const suspected = this.suspected.get(uid);
    if (suspected?.epoch !== epoch) this.suspected.set(uid, { epoch, us: nowUs });
    const isRipe = suspected?.epoch === epoch && nowUs - suspected.us >= this.design.failoverAfterUs;
    // Where those who could follow look dead as well, to take the office away is nothing but an outage.
    const canFollow = successors.some((backend) => !this.vantage.looksDead(service, backend.workload));
    return isRipe && canFollow && this.mayBeReplaced(uid) ? yield* this.vacate(primary, fence) : 'done';
  }

  /** For what anybody sees or says of its health. */
  private mayBeReplaced(uid: string): boolean {
    const isCalm = this.tools.os.monotonicUs() - (this.held.get(uid)?.us ?? 0) >= this.design.failoverPauseUs;
    return isCalm && !this.severalRegionsSuspected();
  }

  /** It is on its way out, and its successors have what they need, or it is gone. Then nothing is to be waited for. */
  private *isLeaving(workload: string, successors: readonly Backend[]): Co<boolean> {
    const standing = yield* this.standing([workload]);
    if (standing === null) return false;
    const [holder] = standing;
    return holder === undefined || (holder.metadata.deletionUs !== null && successors.length > 0);
  }

  /** When primaries of several regions look dead at once, it is rather those who look that are cut off. */
  private severalRegionsSuspected(): boolean {
    const regions = new Set<string>();
    for (const { metadata, spec } of this.tools.cache('Primary').list())
      if (spec.workload !== '' && this.suspected.has(metadata.uid)) regions.add(spec.region);
    return regions.size > 1;
  }

  private *vacate({ metadata, spec }: Primary, fence: Fence): Co<Reconciled> {
    if (this.asksTheHolder && !this.vantage.looksAlive(spec.service, spec.workload)) return LOOK_AGAIN_US;
    const vacant = { ...spec, workload: '', node: '', region: '' };
    const written = yield* this.tools.client.update('Primary', metadata.name, metadata.resourceVersion, { spec: vacant, fence });
    if (written.status === 'ok') this.note(written.value);
    return written.status === 'ok' ? this.waitUs : reconciledBy(written);
  }

  // ── giving it ────────────────────────────────────────────────────────────────────────────────────────────────────

  private *fill(primary: Primary, backends: readonly Backend[], fence: Fence): Co<Reconciled> {
    const { epoch, line } = primary.spec;
    const leftUs =
      (this.vacant.get(primary.metadata.uid)?.us ?? this.tools.os.monotonicUs()) + this.waitUs - this.tools.os.monotonicUs();
    // Nobody has ever held it before the first epoch.
    if (epoch > 0 && leftUs > 0) return leftUs;
    const [heir] = this.candidates(primary, backends);
    if (heir !== undefined) return yield* this.promote(primary, heir, line, fence);
    const [stranger] = backends;
    if (stranger === undefined) return LOOK_AGAIN_US;
    // Nobody is left who has the data. To begin anew is better than never to begin again, and the line says that it was done.
    return (yield* this.isGone(primary.spec.inSync)) ? yield* this.promote(primary, stranger, line + 1, fence) : LOOK_AGAIN_US;
  }

  /** Backends that may hold the office, the best first: alive, and with the most of the data. */
  private candidates({ spec }: Primary, backends: readonly Backend[]): readonly Backend[] {
    const rank = ({ workload }: Backend): number =>
      this.vantage.looksDead(spec.service, workload) ? -1 : this.vantage.sequenceOf(spec.service, workload);
    return backends
      .filter(({ workload }) => this.promotesAnybody || spec.inSync.includes(workload))
      .sort((a, b) => rank(b) - rank(a) || (a.workload < b.workload ? -1 : 1));
  }

  private *promote({ metadata, spec }: Primary, heir: Backend, line: number, fence: Fence): Co<Reconciled> {
    const next = { ...spec, ...heir, epoch: spec.epoch + 1, line, inSync: [heir.workload] };
    return reconciledBy(
      yield* this.tools.client.update('Primary', metadata.name, metadata.resourceVersion, { spec: next, fence }),
    );
  }

  /** Whether the API confirms that none of these workloads exists any more. */
  private *isGone(workloads: readonly string[]): Co<boolean> {
    return workloads.length === 0 || (yield* this.standing(workloads))?.length === 0;
  }

  /** Those of these workloads that exist, as the API says; null when it says nothing. */
  private *standing(workloads: readonly string[]): Co<readonly Workload[] | null> {
    const listed = yield* this.tools.client.list('Workload');
    return listed.status === 'ok'
      ? (listed.value.items as readonly Workload[]).filter(({ metadata }) => workloads.includes(metadata.uid))
      : null;
  }

  private note({ metadata, spec }: Primary): void {
    const [times, others] = spec.workload === '' ? [this.vacant, this.held] : [this.held, this.vacant];
    others.delete(metadata.uid);
    if (spec.workload === '') this.suspected.delete(metadata.uid);
    const known = times.get(metadata.uid);
    if (known === undefined || known.epoch < spec.epoch)
      times.set(metadata.uid, { epoch: spec.epoch, us: this.tools.os.monotonicUs() });
  }
}

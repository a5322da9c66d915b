/**
 * The DNS planner: makes numbered plans of the regions that a service's name is to lead to. To put them
 * into force is the enactors' business.
 */
import { byCodeUnit, Channel, ms, type Boot, type Co, type Micros } from '../../sim/index.ts';
import { controllerReference, type DnsPlan, type Fence, type Resource, type Service } from '../api/resources/index.ts';
import { releaseNameMethod } from '../outside/dns/methods.ts';
import { catchUpAll } from './machinery/catch-up.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { PLANNER_ROLE, type ControllerOptions } from './machinery/options.ts';

export interface PlannerOptions extends ControllerOptions {
  /** Name of the DNS's process. */
  readonly dns: string;
}

export function planner(options: PlannerOptions): Boot {
  return controller(options, (tools) => new Planner(tools, options));
}

/** Keeps a deleted Service until its name is released at the provider. */
const DNS_FINALIZER = 'planner/dns';
const LOOK_AGAIN_US = ms(500);
/** Plans that are kept behind the newest one, for enactors that lag. */
export const PLANS_BEHIND = 3;

/** Keys are names of services. */
class Planner implements ControllerLogic {
  readonly role = PLANNER_ROLE;
  readonly kinds = ['Service', 'Endpoints', 'DnsPlan'] as const;
  private readonly tools: ControllerTools;
  private readonly dns: Channel;
  private readonly timeoutUs: Micros;
  private readonly plansOnce: boolean;
  private readonly discardsNothing: boolean;

  constructor(tools: ControllerTools, { dns, design, defects }: PlannerOptions) {
    this.tools = tools;
    this.dns = new Channel(tools.os, [dns]);
    this.timeoutUs = design.apiRequestUs;
    this.plansOnce = defects.has('names-never-updated');
    this.discardsNothing = defects.has('plans-pile-up');
  }

  concerns(object: Resource): readonly string[] {
    return [object.kind === 'DnsPlan' ? (object as DnsPlan).spec.record : object.metadata.name];
  }

  /** Enactors obey the highest number: a new plan by old Endpoints would lead the name back. */
  *takeOver(): Co<Reconciled> {
    return yield* catchUpAll(this.tools, this.kinds);
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const service = this.tools.cache('Service').get(name);
    const plans = this.tools
      .cache('DnsPlan')
      .list()
      .filter(({ spec }) => spec.record === name);
    const stray = plans.find(({ spec }) => spec.service !== service?.metadata.uid);
    if (stray !== undefined) return yield* this.discardStray(stray, fence);
    if (service === undefined) return 'done';
    if (service.metadata.deletionUs !== null) return yield* this.release(service, fence);
    if (!service.metadata.finalizers.includes(DNS_FINALIZER)) return yield* this.hold(service, fence);

    const [newest, ...older] = plans.sort((a, b) => b.spec.number - a.spec.number);
    const targets = this.targetsOf(service);
    // A name never leads nowhere: who has no region at all keeps the ones that it had.
    const isOld = targets.join(' ') !== newest?.spec.targets.join(' ') && !(this.plansOnce && newest !== undefined);
    if (targets.length > 0 && isOld) return yield* this.plan(service, newest?.spec.number ?? 0, targets, fence);
    const old = older.slice(PLANS_BEHIND).at(-1);
    return old === undefined || this.discardsNothing ? 'done' : yield* this.discard(old, fence);
  }

  private targetsOf({ metadata }: Service): readonly string[] {
    const endpoints = this.tools.cache('Endpoints').get(metadata.name);
    if (endpoints?.spec.service !== metadata.uid) return [];
    return [...new Set(endpoints.spec.backends.map(({ region }) => region))].sort(byCodeUnit);
  }

  /** The number is noted first: whoever makes the next plan, and whatever became of this one, makes a newer one. */
  private *plan({ metadata, status }: Service, newest: number, targets: readonly string[], fence: Fence): Co<Reconciled> {
    const { name, uid, resourceVersion } = metadata;
    const number = Math.max(newest, status.plan) + 1;
    const noted = yield* this.tools.client.updateStatus('Service', name, resourceVersion, { plan: number }, fence);
    if (noted.status !== 'ok') return reconciledBy(noted);
    const spec = { service: uid, record: name, number, targets };
    const made = yield* this.tools.client.create('DnsPlan', `${name}.${uid}.${number}`, spec, fence, {
      owners: [controllerReference('Service', metadata)],
    });
    return made.status === 'refused' && made.code === 'already-exists' ? LOOK_AGAIN_US : reconciledBy(made);
  }

  /** From now on the object stays until its name is released. */
  private *hold({ metadata }: Service, fence: Fence): Co<Reconciled> {
    const finalizers = [...metadata.finalizers, DNS_FINALIZER];
    return reconciledBy(
      yield* this.tools.client.update('Service', metadata.name, metadata.resourceVersion, { metadata: { finalizers }, fence }),
    );
  }

  private *release({ metadata }: Service, fence: Fence): Co<Reconciled> {
    if (!metadata.finalizers.includes(DNS_FINALIZER)) return 'done';
    const released = yield* this.dns.call(releaseNameMethod, { service: metadata.uid }, this.timeoutUs);
    if (released.status !== 'ok') return 'retry';
    const finalizers = metadata.finalizers.filter((finalizer) => finalizer !== DNS_FINALIZER);
    const written = yield* this.tools.client.update('Service', metadata.name, metadata.resourceVersion, {
      metadata: { finalizers },
      fence,
    });
    return written.status === 'refused' && written.code === 'not-found' ? 'done' : reconciledBy(written);
  }

  /** A plan of a service that the cache does not have: only the API can say that it is gone. */
  private *discardStray(plan: DnsPlan, fence: Fence): Co<Reconciled> {
    const service = yield* this.tools.client.get('Service', plan.spec.record);
    if (service.status === 'ok' && service.value.metadata.uid === plan.spec.service) return LOOK_AGAIN_US;
    if (service.status !== 'ok' && !(service.status === 'refused' && service.code === 'not-found')) return 'retry';
    return yield* this.discard(plan, fence);
  }

  private *discard({ metadata }: DnsPlan, fence: Fence): Co<Reconciled> {
    const deleted = yield* this.tools.client.delete('DnsPlan', metadata.name, { uid: metadata.uid, fence });
    const isGone = deleted.status === 'refused' && (deleted.code === 'not-found' || deleted.code === 'conflict');
    return isGone ? LOOK_AGAIN_US : reconciledBy(deleted);
  }
}

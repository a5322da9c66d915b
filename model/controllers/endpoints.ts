/** The endpoints controller: publishes the ready workloads of a service's deployment, so that it can be found. */
import { ms, type Boot, type Co } from '../../sim/index.ts';
import {
  controllerReference,
  isAvailable,
  type Backend,
  type Deployment,
  type Endpoints,
  type Fence,
  type Resource,
  type Service,
  type Workload,
} from '../api/resources/index.ts';
import { catchUpAll } from './machinery/catch-up.ts';
import { controller, reconciledBy, type ControllerLogic, type ControllerTools, type Reconciled } from './machinery/controller.ts';
import { ENDPOINTS_ROLE, type ControllerOptions } from './machinery/options.ts';

export function endpointsController(options: ControllerOptions): Boot {
  return controller(options, (tools) => new EndpointsController(tools, options));
}

/** Where a cache is behind there is nothing to wait for but time. */
const LOOK_AGAIN_US = ms(300);

/** Keys are names of services, which their Endpoints bear as well. */
class EndpointsController implements ControllerLogic {
  readonly role = ENDPOINTS_ROLE;
  readonly kinds = ['Service', 'Deployment', 'Workload', 'Node', 'Endpoints'] as const;
  private readonly tools: ControllerTools;
  private readonly ignoresOwned: boolean;
  private readonly emptySelectionRemovesAll: boolean;
  private readonly keepsUnready: boolean;
  private readonly trustsOldCaches: boolean;

  constructor(tools: ControllerTools, { defects }: ControllerOptions) {
    this.tools = tools;
    this.ignoresOwned = defects.has('endpoints-not-watched');
    this.emptySelectionRemovesAll = defects.has('empty-selection-removes-all');
    this.keepsUnready = defects.has('unready-stays-published');
    this.trustsOldCaches = defects.has('endpoints-without-catching-up');
  }

  concerns(object: Resource): readonly string[] {
    switch (object.kind) {
      case 'Service':
        return [object.metadata.name];
      case 'Endpoints':
        // What it has written itself is waited for before it decides again, and is news when it comes (kubernetes PR 99345).
        return this.ignoresOwned ? [] : [object.metadata.name];
      case 'Deployment':
        return this.servicesOf(object.metadata.name);
      case 'Workload':
        return this.servicesOf((object as Workload).spec.ownerName);
      case 'Node':
        // What runs there is published with its region, which nobody knows before.
        return [...new Set(this.ownersOn(object.metadata.name).flatMap((deployment) => this.servicesOf(deployment)))];
      default:
        return [];
    }
  }

  /** What it publishes is a whole: by a cache that is behind it would take back what its predecessor has published. */
  *takeOver(): Co<Reconciled> {
    return this.trustsOldCaches ? 'done' : yield* catchUpAll(this.tools, this.kinds);
  }

  *reconcile(name: string, fence: Fence): Co<Reconciled> {
    const service = this.tools.cache('Service').get(name);
    const published = this.tools.cache('Endpoints').get(name);
    if (service === undefined || service.metadata.deletionUs !== null)
      return published === undefined ? 'done' : yield* this.withdraw(published, fence);
    // Of another service that bore the name.
    if (published !== undefined && published.spec.service !== service.metadata.uid) return yield* this.withdraw(published, fence);
    const backends = yield* this.backends(service, published);
    if (backends === null) return LOOK_AGAIN_US;
    return yield* this.publish(service, published, backends, fence);
  }

  private servicesOf(deployment: string): readonly string[] {
    return this.tools
      .cache('Service')
      .list()
      .flatMap(({ metadata, spec }) => (spec.deployment === deployment ? [metadata.name] : []));
  }

  private ownersOn(node: string): readonly string[] {
    return this.tools
      .cache('Workload')
      .list()
      .flatMap(({ spec }) => (spec.node === node ? [spec.ownerName] : []));
  }

  /** What is to be published; null when that cannot be told now. */
  private *backends(service: Service, published: Endpoints | undefined): Co<readonly Backend[] | null> {
    const deployment = this.tools.cache('Deployment').get(service.spec.deployment);
    const ready = this.readyWorkloads(service, deployment, published);
    if (ready.length > 0 || published === undefined || published.spec.backends.length === 0 || this.emptySelectionRemovesAll)
      return ready;
    // To take the last ones away is the one step that can do harm: the API has to confirm that none are wanted.
    const asked = yield* this.tools.client.get('Deployment', service.spec.deployment);
    const isUnwanted =
      asked.status === 'ok' ? asked.value.spec.replicas === 0 : asked.status === 'refused' && asked.code === 'not-found';
    if (isUnwanted) return ready;
    return asked.status === 'ok' ? published.spec.backends : null;
  }

  private readyWorkloads(
    { spec }: Service,
    deployment: Deployment | undefined,
    published: Endpoints | undefined,
  ): readonly Backend[] {
    if (deployment === undefined) return [];
    const kept = this.keepsUnready ? new Set(published?.spec.backends.map(({ workload }) => workload)) : null;
    const nodes = this.tools.cache('Node');
    const backends: Backend[] = [];
    for (const workload of this.tools.cache('Workload').list()) {
      if (
        workload.spec.ownerName !== spec.deployment ||
        workload.spec.owner !== deployment.metadata.uid ||
        !(isAvailable(workload) || kept?.has(workload.metadata.uid) === true)
      )
        continue;
      if (this.emptySelectionRemovesAll && workload.spec.image !== deployment.spec.image) continue;
      const region = nodes.get(workload.spec.node)?.spec.region;
      if (region !== undefined) backends.push({ workload: workload.metadata.uid, node: workload.spec.node, region });
    }
    return backends.sort((a, b) => (a.workload < b.workload ? -1 : 1));
  }

  private *publish(
    service: Service,
    published: Endpoints | undefined,
    backends: readonly Backend[],
    fence: Fence,
  ): Co<Reconciled> {
    const { name, uid } = service.metadata;
    const spec = { service: uid, mode: service.spec.mode, backends };
    if (published === undefined) {
      const made = yield* this.tools.client.create('Endpoints', name, spec, fence, {
        owners: [controllerReference('Service', service.metadata)],
      });
      return made.status === 'refused' && made.code === 'already-exists' ? LOOK_AGAIN_US : reconciledBy(made);
    }
    if (isSame(published.spec.backends, backends) && published.spec.mode === spec.mode) return 'done';
    return reconciledBy(yield* this.tools.client.update('Endpoints', name, published.metadata.resourceVersion, { spec, fence }));
  }

  /** The caches of two kinds are of two times: only the API can say that the service is gone. */
  private *withdraw({ metadata, spec }: Endpoints, fence: Fence): Co<Reconciled> {
    const service = yield* this.tools.client.get('Service', metadata.name);
    if (service.status === 'ok' && service.value.metadata.uid === spec.service && service.value.metadata.deletionUs === null)
      return LOOK_AGAIN_US;
    if (service.status !== 'ok' && !(service.status === 'refused' && service.code === 'not-found')) return 'retry';
    const deleted = yield* this.tools.client.delete('Endpoints', metadata.name, { uid: metadata.uid, fence });
    const isGone = deleted.status === 'refused' && (deleted.code === 'not-found' || deleted.code === 'conflict');
    return isGone ? LOOK_AGAIN_US : reconciledBy(deleted);
  }
}

function isSame(a: readonly Backend[], b: readonly Backend[]): boolean {
  return a.length === b.length && a.every(({ workload, node }, at) => workload === b[at]?.workload && node === b[at]?.node);
}

/**
 * The controller: beside each deployment it keeps a canary, a deployment of one replica with the
 * same image, and removes it with it.
 */
import {
  controller,
  reconciledBy,
  type ControllerLogic,
  type ControllerOptions,
  type ControllerTools,
  type Deployment,
  type Fence,
  type Reconciled,
  type Resource,
} from 'quorate/model';
import type { Boot, Co } from 'quorate/sim';

export const ROLE = 'canary-keeper';
const SUFFIX = '-canary';

export interface CanaryKeeperOptions extends ControllerOptions {
  /** Forget to say under which token it acts: a mistake that the tests must find. */
  readonly unfenced?: boolean;
}

/** What a replica shows of itself, under `logic`. */
export interface CanaryKeeperView {
  /** Deployments whose canary is missing, out of date or left over, as its cache has it. */
  readonly astray: readonly string[];
}

export function canaryKeeper(options: CanaryKeeperOptions): Boot {
  return controller(options, (tools) => new CanaryKeeper(tools, options.unfenced ?? false));
}

export function isCanary(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** Keys are names of deployments without canaries'. */
class CanaryKeeper implements ControllerLogic {
  readonly role = ROLE;
  readonly kinds = ['Deployment'] as const;
  private readonly tools: ControllerTools;
  private readonly unfenced: boolean;

  constructor(tools: ControllerTools, unfenced: boolean) {
    this.tools = tools;
    this.unfenced = unfenced;
  }

  concerns({ metadata }: Resource): readonly string[] {
    return [baseName(metadata.name)];
  }

  /** Safe to begin anew at any point: each step is guarded by what it is based on, and by the token. */
  *reconcile(name: string, authority: Fence): Co<Reconciled> {
    const { client } = this.tools;
    const fence = this.unfenced ? null : authority;
    const deployment = this.find(name);
    const canary = this.find(name + SUFFIX);
    if (deployment === undefined) {
      if (canary === undefined) return 'done';
      return reconciledBy(yield* client.delete('Deployment', canary.metadata.name, { uid: canary.metadata.uid, fence }));
    }
    const spec = { replicas: 1, image: deployment.spec.image };
    if (canary === undefined) return reconciledBy(yield* client.create('Deployment', name + SUFFIX, spec, fence));
    if (isFaithful(canary, deployment)) return 'done';
    return reconciledBy(
      yield* client.update('Deployment', canary.metadata.name, canary.metadata.resourceVersion, { spec, fence }),
    );
  }

  inspect(): CanaryKeeperView {
    const names = new Set(
      this.tools
        .cache('Deployment')
        .list()
        .map(({ metadata }) => baseName(metadata.name)),
    );
    return { astray: [...names].filter((name) => !isFaithful(this.find(name + SUFFIX), this.find(name))) };
  }

  private find(name: string): Deployment | undefined {
    return this.tools.cache('Deployment').get(name);
  }
}

function baseName(name: string): string {
  return isCanary(name) ? name.slice(0, -SUFFIX.length) : name;
}

function isFaithful(canary: Deployment | undefined, deployment: Deployment | undefined): boolean {
  return canary?.spec.image === deployment?.spec.image && (canary === undefined || canary.spec.replicas === 1);
}

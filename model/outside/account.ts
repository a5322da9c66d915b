/** What the external cloud knows: seals, operations done and load balancers that stand; a pure function of its log. */
import type { AcceptedAction } from './accepted.ts';

export interface Balancer {
  readonly resource: string;
  /** Uid of the deployment it was made for. */
  readonly owner: string;
  readonly generation: number;
}

export class Account {
  private readonly seals = new Map<string, number>();
  private readonly operations = new Map<string, AcceptedAction>();
  private readonly standing = new Map<string, Balancer>();
  /** By owner, the generation below which all is released: what comes later for one of those is a straggler. */
  private readonly releasedBelow = new Map<string, number>();
  /** Place in the log of the next action. */
  nextSequence = 1;

  apply(action: AcceptedAction): void {
    const { role, token, operationId, owner, generation, resource } = action;
    this.nextSequence = action.sequence + 1;
    // Whoever acts under a newer token has sealed out the older ones by that alone.
    if (token > this.sealed(role)) this.seals.set(role, token);
    if (operationId !== '') this.operations.set(operationId, action);
    if (action.action === 'provision') {
      this.standing.set(resource, { resource, owner, generation });
    } else if (action.action === 'release') {
      this.releasedBelow.set(owner, Math.max(generation, this.releasedBelow.get(owner) ?? 0));
      for (const balancer of this.balancersOf(owner)) if (balancer.generation < generation) this.standing.delete(balancer.resource);
    }
  }

  /** The newest token of a role; 0 when it never came. */
  sealed(role: string): number {
    return this.seals.get(role) ?? 0;
  }

  operation(id: string): AcceptedAction | undefined {
    return this.operations.get(id);
  }

  released(owner: string, generation: number): boolean {
    return generation < (this.releasedBelow.get(owner) ?? 0);
  }

  /** Those that stand, oldest first. */
  balancers(): readonly Balancer[] {
    return [...this.standing.values()];
  }

  balancersOf(owner: string): readonly Balancer[] {
    return this.balancers().filter((balancer) => balancer.owner === owner);
  }

  inspect(): CloudInspection {
    return { balancers: this.balancers(), seals: Object.fromEntries(this.seals), actions: this.nextSequence - 1 };
  }
}

/** What the provider shows of itself. */
export interface CloudInspection {
  readonly balancers: readonly Balancer[];
  /** Newest token by role. */
  readonly seals: Readonly<Record<string, number>>;
  /** Length of its log. */
  readonly actions: number;
}

/** What the external cloud knows: seals, operations done, load balancers and volumes that stand; a pure function of its log. */
import type { AcceptedAction } from './accepted.ts';

export interface Balancer {
  readonly resource: string;
  /** Uid of the deployment it was made for. */
  readonly owner: string;
  readonly generation: number;
}

/** A volume, and what it is attached to. */
export interface Disk {
  readonly resource: string;
  /** Uid of the Volume it was made for. */
  readonly owner: string;
  readonly sizeGb: number;
  /** Attachments so far, the one that stands among them. */
  readonly epochs: number;
  readonly attachment: { readonly node: string; readonly workload: string; readonly epoch: number } | null;
}

export class Account {
  private readonly seals = new Map<string, number>();
  private readonly operations = new Map<string, AcceptedAction>();
  private readonly standing = new Map<string, Balancer>();
  private readonly volumes = new Map<string, Disk>();
  /** `volume workload`: what has been detached from a workload is not attached for it again. */
  private readonly detached = new Set<string>();
  /** By owner, the generation below which all is released: what comes later for one of those is a straggler. */
  private readonly releasedBelow = new Map<string, number>();
  /** Place in the log of the next action. */
  nextSequence = 1;

  apply(action: AcceptedAction): void {
    const { role, token, operationId, owner, generation } = action;
    this.nextSequence = action.sequence + 1;
    // Whoever acts under a newer token has sealed out the older ones by that alone.
    if (token > this.sealed(role)) this.seals.set(role, token);
    if (operationId !== '') this.operations.set(operationId, action);
    switch (action.action) {
      case 'provision':
        this.provisioned(action);
        break;
      case 'release':
        this.releasedBelow.set(owner, Math.max(generation, this.releasedBelow.get(owner) ?? 0));
        for (const balancer of this.balancersOf(owner))
          if (balancer.generation < generation) this.standing.delete(balancer.resource);
        for (const disk of this.disksOf(owner)) this.volumes.delete(disk.resource);
        break;
      case 'attach':
        this.attached(action);
        break;
      case 'detach':
        this.detach(action);
        break;
      case 'seal':
        break;
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

  disk(resource: string): Disk | undefined {
    return this.volumes.get(resource);
  }

  /** Oldest first. */
  disksOf(owner: string): readonly Disk[] {
    return [...this.volumes.values()].filter((disk) => disk.owner === owner);
  }

  hasBeenDetached(resource: string, workload: string): boolean {
    return this.detached.has(`${resource} ${workload}`);
  }

  private provisioned({ resource, owner, generation, sizeGb }: AcceptedAction): void {
    if (sizeGb === 0) this.standing.set(resource, { resource, owner, generation });
    else this.volumes.set(resource, { resource, owner, sizeGb, epochs: 0, attachment: null });
  }

  private attached({ resource, node, workload, generation: epoch }: AcceptedAction): void {
    const disk = this.volumes.get(resource);
    if (disk !== undefined) this.volumes.set(resource, { ...disk, epochs: epoch, attachment: { node, workload, epoch } });
  }

  private detach({ resource, workload }: AcceptedAction): void {
    this.detached.add(`${resource} ${workload}`);
    const disk = this.volumes.get(resource);
    if (disk?.attachment?.workload === workload) this.volumes.set(resource, { ...disk, attachment: null });
  }

  inspect(): CloudInspection {
    return {
      balancers: this.balancers(),
      disks: [...this.volumes.values()],
      seals: Object.fromEntries(this.seals),
      actions: this.nextSequence - 1,
    };
  }
}

/** What the provider shows of itself. */
export interface CloudInspection {
  readonly balancers: readonly Balancer[];
  readonly disks: readonly Disk[];
  /** Newest token by role. */
  readonly seals: Readonly<Record<string, number>>;
  /** Length of its log. */
  readonly actions: number;
}

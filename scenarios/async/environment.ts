/** What a controller's main function is given: the types to write it against (`import type … from 'quorate/async'`). */
import type { Change, DeleteOptions } from '../../model/api/client/api-client.ts';
import type { DeleteResponse, ListConsistency } from '../../model/api/methods.ts';
import type { Declared, Fence, OwnMetadata, Resource, ResourceKind, Status } from '../../model/api/resources/index.ts';
import type { Balancer } from '../../model/outside/account.ts';
import type { ProvisionRequest, ProvisionResponse, ReleaseRequest } from '../../model/outside/cloud-methods.ts';

export interface Environment<Config = unknown> {
  /** Name of the process. */
  readonly name: string;
  readonly region: string;
  /** What the scenario gives this process. */
  readonly config: Config;
  readonly client: Client;
  readonly cloud: Cloud;
  /** Waits until this process leads the role; when it does, what it then has. Once it has lost it, call it again. */
  campaign(role: string): Promise<Leadership>;
  /** Puts a plain value into the process's view, where properties and the terminal UI see it. */
  show(view: unknown): void;
}

/** Every promise is rejected with an {@link ApiError} when the answer is no, or there is none. */
export interface Client {
  get<K extends ResourceKind>(kind: K, name: string): Promise<Resource<K>>;
  list<K extends ResourceKind>(
    kind: K,
    consistency?: ListConsistency,
  ): Promise<{ readonly resourceVersion: number; readonly items: readonly Resource<K>[] }>;
  create<K extends ResourceKind>(
    kind: K,
    name: string,
    spec: Declared<K>,
    options?: { readonly fence?: Fence | null; readonly metadata?: OwnMetadata },
  ): Promise<Resource<K>>;
  /** With `resourceVersion` 0 whatever stands there is changed. */
  update<K extends ResourceKind>(kind: K, name: string, resourceVersion: number, change: Change<K>): Promise<Resource<K>>;
  /** Replaces the status alone. With `resourceVersion` 0 whatever stands there is given it. */
  updateStatus<K extends ResourceKind>(
    kind: K,
    name: string,
    resourceVersion: number,
    status: Status<K>,
    fence?: Fence | null,
  ): Promise<Resource<K>>;
  delete(kind: ResourceKind, name: string, options?: DeleteOptions): Promise<DeleteResponse>;
  /**
   * Changes after a version, in order. The iteration ends by an ApiError: `gone` (list again), `connection-lost`, `unavailable`.
   */
  watch<K extends ResourceKind>(kind: K, resourceVersion: number): AsyncIterableIterator<Watched<K>>;
}

export type Watched<K extends ResourceKind> =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: Resource<K>; readonly resourceVersion: number }
  | { readonly type: 'bookmark'; readonly resourceVersion: number };

/** The external provider, which checks fencing tokens and operation ids itself. */
export interface Cloud {
  seal(request: { readonly fence: Fence }): Promise<{ readonly sealed: number }>;
  provision(request: ProvisionRequest): Promise<ProvisionResponse>;
  release(request: ReleaseRequest): Promise<{ readonly released: number }>;
  balancers(): Promise<{ readonly balancers: readonly Balancer[] }>;
}

export interface Leadership {
  /** The authority to act under. */
  readonly fence: Fence;
  /** As far as this process knows; whoever was paused does not know. */
  readonly leading: boolean;
  /** Fulfilled when it does not lead any more. */
  readonly lost: Promise<void>;
  /** Gives up leading, because it was found out that another leads (`fenced`). */
  resign(): void;
}

/**
 * Codes: those of the API (`not-found`, `already-exists`, `conflict`, `fenced`, `invalid`, `gone`, …); `unavailable`: it never
 * left this process or the server could do nothing; `unknown`: it may have taken effect, or may yet.
 */
export interface ApiError extends Error {
  readonly code: string;
}

/** A Node: a machine of a region that workloads run on. */
import { count, flag, given, group, many, oneOf, optional, Problem, type Fields } from './fields.ts';
import type { Resource } from './index.ts';
import type { ResourceType } from './type.ts';

/** `no-schedule`: nothing new is placed there. `no-execute`: and what is there has to go. */
export type TaintEffect = 'no-schedule' | 'no-execute';

export interface Taint {
  readonly key: string;
  readonly effect: TaintEffect;
}

export interface NodeSpec {
  readonly region: string;
  /** Workloads that it has room for. */
  readonly capacity: number;
  /** Nothing new is to be placed on it (an operator has cordoned it). */
  readonly unschedulable: boolean;
  /** One of a key at most. */
  readonly taints: readonly Taint[];
}

export interface NodeStatus {
  /** `ready`: its agent says so. `unknown`: nothing was heard of it for too long, by whoever looks after nodes. */
  readonly readiness: 'ready' | 'unknown';
}

export type Node = Resource<'Node'>;

/** Fields that a declaration may leave out. */
export type NodeDefaults = 'unschedulable' | 'taints';

/** The node is silent: what runs there is replaced elsewhere (Kubernetes' `node.kubernetes.io/unreachable`). */
export const UNREACHABLE_TAINT = 'unreachable';
/** An operator wants the node emptied in good order. */
export const DRAIN_TAINT = 'drain';
/** Its region is being emptied in good order. */
export const REGION_DRAIN_TAINT = 'region-drain';

export const nodeType: ResourceType<NodeSpec, NodeStatus> = {
  stateClass: 'membership',
  fieldClasses: {
    spec: { region: 'membership', capacity: 'membership', unschedulable: 'membership', taints: 'membership' },
    status: { readiness: 'membership' },
  },
  spec: (fields) => ({
    region: given(fields, 'region'),
    capacity: count(fields, 'capacity'),
    unschedulable: optional(flag, false)(fields, 'unschedulable'),
    taints: optional(taints, [])(fields, 'taints'),
  }),
  status: (fields) => ({ readiness: oneOf('ready', 'unknown')(fields, 'readiness') }),
  // A node registers itself when it can take work.
  initialStatus: { readiness: 'ready' },
};

const taint = group((of): Taint => ({ key: given(of, 'key'), effect: oneOf('no-schedule', 'no-execute')(of, 'effect') }));

function taints(fields: Fields, field: string): readonly Taint[] {
  const all = many(taint)(fields, field);
  if (new Set(all.map(({ key }) => key)).size < all.length) throw new Problem(`${field}: should have one of a key at most`);
  return all;
}

/**
 * What runs there is to be replaced elsewhere, within the bounds of whoever it belongs to. What is
 * unreachable is given up by its own rules.
 */
export function isLeaving({ spec }: Node): boolean {
  return spec.taints.some(({ key, effect }) => effect === 'no-execute' && key !== UNREACHABLE_TAINT);
}

export function isTainted({ spec }: Node, key: string): boolean {
  return spec.taints.some((each) => each.key === key);
}

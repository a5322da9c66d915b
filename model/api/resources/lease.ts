/** A Lease: who holds a role, or that a node lives, shown by renewals. */
import type { Micros } from '../../../sim/index.ts';
import { anyText, count, positive, Problem } from './fields.ts';
import type { Resource } from './index.ts';
import type { ResourceType } from './type.ts';

export interface LeaseSpec {
  /** Empty: nobody. */
  readonly holder: string;
  readonly durationUs: Micros;
  /** Counts renewals, so that every renewal is a change that others can see. */
  readonly renewals: number;
}

export interface LeaseStatus {
  /** Fencing token of the current holder: given by the API server whenever the holder changes; 0 before the first. */
  readonly token: number;
}

export type Lease = Resource<'Lease'>;

const NODE_LEASE_PREFIX = 'node.';

/** The Lease that the agent of a node renews; that it changes is the sign that the node lives. */
export const nodeLeaseName = (node: string): string => NODE_LEASE_PREFIX + node;
export const isNodeLease = (name: string): boolean => name.startsWith(NODE_LEASE_PREFIX);
/** The node whose agent renews the Lease of that name, which is a node's. */
export const nodeOfLease = (name: string): string => name.slice(NODE_LEASE_PREFIX.length);

export const leaseType: ResourceType<LeaseSpec, LeaseStatus> = {
  stateClass: 'leadership',
  // As in Kubernetes, where nodes have a namespace of their own (`kube-node-lease`), and whoever looks
  // for signs of life watches that one.
  stateClassOf: (name) => (isNodeLease(name) ? 'membership' : 'leadership'),
  listedClass: 'membership',
  fieldClasses: {
    spec: { holder: 'leadership', durationUs: 'leadership', renewals: 'leadership' },
    status: { token: 'leadership' },
  },
  spec: (fields) => ({
    holder: anyText(fields, 'holder'),
    durationUs: positive(fields, 'durationUs'),
    renewals: count(fields, 'renewals'),
  }),
  // The token is the store's revision of the grant: nobody may claim one.
  status: () => {
    throw new Problem('token: is given by the API server alone');
  },
  initialStatus: { token: 0 },
};

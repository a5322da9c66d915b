/**
 * Which nodes operators have taken out of service: it stands on the Cluster of their region, whether or
 * not their Node objects are gone yet.
 */
import type { Cluster } from '../api/resources/index.ts';

type Labels = Cluster['metadata']['labels'];

/**
 * A machine that is up would register itself again: it asks for the Cluster first, and finds its name. A region that leaves and
 * joins brings all of its machines along.
 */
const label = (node: string): string => `removed-node.${node}`;

export function isRemoved({ metadata }: Cluster, node: string): boolean {
  return metadata.labels[label(node)] !== undefined;
}

export function withRemoved({ metadata }: Cluster, node: string): Labels {
  return { ...metadata.labels, [label(node)]: 'removed' };
}

export function withoutRemoved({ metadata }: Cluster, node: string): Labels {
  return Object.fromEntries(Object.entries(metadata.labels).filter(([key]) => key !== label(node)));
}

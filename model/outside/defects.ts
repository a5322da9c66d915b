/** Known mistakes at the border to outside systems, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const outsideDefects: readonly Defect[] = [
  {
    id: 'no-seal',
    title: 'a new leader acts without sealing its token first, and the external system accepts whatever comes',
    source: 'H01: Chubby, sequencers and lock-delay; client-go leaderelection.go',
    property: 'platform/single-active',
  },
  {
    id: 'artifact-acks-before-durable',
    title: 'an artifact registry acknowledges an image before it is on its disk',
    source: 'own · R05 in a registry: an acknowledgement ahead of durability',
    property: 'platform/artifacts-kept',
  },
  {
    id: 'artifact-kept-by-name',
    title: 'an artifact registry keeps the content under the name of its repository, where the next push overwrites it',
    source: 'own · OCI distribution: only what is addressed by digest is immutable',
    property: 'platform/artifact-content',
  },
  {
    id: 'image-pulled-by-tag',
    title: 'a node pulls the latest image of a repository instead of the one whose digest desired state names',
    source: 'own · Kubernetes documentation on images: a mutable tag makes it hard to tell which version is running',
    property: 'platform/artifact-content',
  },
  {
    id: 'regional-wall-clock',
    title: 'a regional store stamps writes by the wall clock alone: a write loses to what it was made to replace, where clocks differ',
    source: 'own · last writer wins by wall clocks, as in Cassandra (Kingsbury, "The trouble with timestamps", 2013)',
    property: 'platform/regional-convergence',
  },
  {
    id: 'regional-tombstones-forgotten',
    title: 'a regional store forgets when it deleted a key, and takes an older version back in',
    source: 'own · Cassandra: deleted data comes back when gc_grace is shorter than a repair',
    property: 'platform/regional-last-writer',
  },
];

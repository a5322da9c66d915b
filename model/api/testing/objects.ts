/** Objects for tests, of which only what matters is said. */
import type { Metadata } from '../resources/index.ts';

export function metadata(name: string, own: Partial<Metadata> = {}): Metadata {
  return { name, uid: name, resourceVersion: 1, generation: 1, labels: {}, finalizers: [], owners: [], deletionUs: null, writtenBy: null, ...own };
}

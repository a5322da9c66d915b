/**
 * What a canary is for: it runs what is to come. One that goes back to an older release has been written by somebody who slept.
 */
import type { Deployment } from 'quorate/model';
import type { Property } from 'quorate/sim';

interface Written {
  readonly version: number;
  readonly release: number;
}

/** The scenario counts them up: `app:12`. */
function releaseOf({ spec }: Deployment): number {
  return Number(spec.image.split(':')[1]);
}

/** Judged from what API servers tell of the objects, whoever wrote them. */
export const canariesNeverGoBack: Property = {
  id: 'canary/never-goes-back',
  kind: 'always',
  title: 'once a canary runs a release, it never runs an older one',
  monitor(report) {
    const canaries = new Map<string, Written[]>();

    function written({ metadata }: Deployment, next: Written): void {
      const all = canaries.get(metadata.uid) ?? [];
      canaries.set(metadata.uid, all);
      if (all.some(({ version }) => version === next.version)) return;
      for (const other of all) {
        const [earlier, later] = other.version < next.version ? [other, next] : [next, other];
        if (earlier.release > later.release) {
          report.violated(
            `${metadata.name} ran release ${earlier.release} at version ${earlier.version}, and ${later.release} at version ${later.version}`,
          );
        }
      }
      all.push(next);
    }

    return {
      hears: ({ name }) => name === 'api/watch answer',
      sent(_from, _to, _kind, message) {
        const { body } = message as {
          readonly body: { readonly type: string; readonly object: Deployment; readonly resourceVersion: number };
        };
        if (body.type === 'bookmark' || body.object.kind !== 'Deployment' || !body.object.metadata.name.endsWith('-canary'))
          return;
        written(body.object, { version: body.resourceVersion, release: releaseOf(body.object) });
      },
    };
  },
};

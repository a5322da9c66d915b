/** Probes of what stands outside consensus: registries, telemetry, and who provides machines. */
import type { Kind, Monitor } from '../../../../sim/index.ts';
import { fetchMethod, pullMethod } from '../../../outside/artifacts/methods.ts';
import { ingestMethod, type IngestRequest } from '../../../outside/telemetry/methods.ts';
import type { PlatformSight } from './sight.ts';

export function repetitionRecognised({ hit }: PlatformSight): Monitor {
  const told = new Set<string>();
  return {
    hears: ({ name }) => name === 'cloud/provision answer',
    sent: (_from, _to, what, body) => {
      if (what.name !== 'cloud/provision answer') return;
      const { resource } = (body as { readonly body: { readonly resource: string } }).body;
      if (told.has(resource)) hit();
      told.add(resource);
    },
  };
}

export function recordsDropped({ hit }: PlatformSight): Monitor {
  const requestKind = ingestMethod.request as Kind;
  return {
    hears: (kind) => kind === requestKind,
    sent: (_from, _to, kind, body) => {
      if (kind === requestKind && (body as { readonly body: IngestRequest }).body.batches.some(({ lost }) => lost > 0)) hit();
    },
  };
}

export function imageFromElsewhere({ hit }: PlatformSight): Monitor {
  const pulledKind = pullMethod.response as Kind;
  const fetchedKind = fetchMethod.response as Kind;
  return {
    hears: (kind) => kind === pulledKind || kind === fetchedKind,
    sent: (from, to, kind) => {
      if ((kind === pulledKind || kind === fetchedKind) && from.region !== to.region) hit();
    },
  };
}

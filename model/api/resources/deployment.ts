/** A Deployment: so many replicas of an image are to run, whatever happens to nodes. */
import { count, flag, given, group, integer, many, nullable, oneOf, optional, positive, Problem, type Fields } from './fields.ts';
import type { Resource } from './index.ts';
import { changedField, type ResourceType } from './type.ts';
import { storageOf, type StorageSpec } from './volume.ts';

/** `stable`: each replica has a name of its own that outlives it, and never runs twice at a time (Kubernetes' StatefulSet). */
export type Identity = 'none' | 'stable';

export interface DeploymentSpec {
  readonly replicas: number;
  /** A reference with digest: the image itself stays outside consensus. */
  readonly image: string;
  /**
   * So many more than the replicas may stand while a new image is rolled out. Of stable identities there is never one too many.
   */
  readonly maxSurge: number;
  /** So many of the replicas may be missing while a new image is rolled out. */
  readonly maxUnavailable: number;
  /** No other image is rolled out than the one that is; the number of replicas is kept all the same. */
  readonly paused: boolean;
  readonly identity: Identity;
  /** Each replica has a Volume of this sort, by the name of its identity; absent: none. */
  readonly storage?: StorageSpec;
}

export interface DeploymentStatus {
  /** The generation that the controller has acted on last. */
  readonly observedGeneration: number;
  /** Workloads that run the image asked for. */
  readonly updatedReplicas: number;
  /** Workloads, of whatever image, that are ready. */
  readonly readyReplicas: number;
  /** Images that were rolled out, the newest last, of which so many are kept that a roll-back has something to go back to. */
  readonly history: readonly string[];
  /** Completion record: the generation for which the provisioner has a load balancer in place, and its id. */
  readonly provisioned: { readonly generation: number; readonly resource: string } | null;
}

export type Deployment = Resource<'Deployment'>;

/** Fields that a declaration may leave out. */
export type DeploymentDefaults = 'maxSurge' | 'maxUnavailable' | 'paused' | 'identity';

const REPLICAS_MAX = 10_000;
/**
 * As many as an EndpointSlice of Kubernetes holds, of which a service has many there: here all
 * backends of a service are one object.
 */
export const STANDING_MAX = 100;
/** Kubernetes' `revisionHistoryLimit` is 10. */
export const HISTORY_MAX = 10;

export const deploymentType: ResourceType<DeploymentSpec, DeploymentStatus> = {
  stateClass: 'desired-state',
  fieldClasses: {
    spec: {
      replicas: 'desired-state',
      image: 'images-and-manifests',
      maxSurge: 'desired-state',
      maxUnavailable: 'desired-state',
      paused: 'desired-state',
      identity: 'desired-state',
      storage: 'desired-state',
    },
    status: {
      observedGeneration: 'desired-state',
      updatedReplicas: 'desired-state',
      readyReplicas: 'desired-state',
      history: 'images-and-manifests',
      provisioned: 'desired-state',
    },
  },
  spec: (fields) => ({
    ...sizes(fields),
    image: given(fields, 'image'),
    ...bounds(fields),
    paused: optional(flag, false)(fields, 'paused'),
    identity: optional(oneOf('none', 'stable'), 'none')(fields, 'identity'),
    ...ownStorage(fields),
  }),
  // The names and volumes of its replicas hang on these (a StatefulSet's `volumeClaimTemplates`).
  specChange: (next, before) =>
    changedField({ identity: next.identity, storage: next.storage }, { identity: before.identity, storage: before.storage }),
  status: (fields) => ({
    observedGeneration: count(fields, 'observedGeneration'),
    updatedReplicas: count(fields, 'updatedReplicas'),
    readyReplicas: count(fields, 'readyReplicas'),
    history: many(given)(fields, 'history'),
    provisioned: nullable(
      group((record) => ({ generation: positive(record, 'generation'), resource: given(record, 'resource') })),
    )(fields, 'provisioned'),
  }),
  initialStatus: { observedGeneration: 0, updatedReplicas: 0, readyReplicas: 0, history: [], provisioned: null },
};

/** More than can be published would run and never be found. Of stable identities there is no surge. */
function sizes(fields: Fields): Pick<DeploymentSpec, 'replicas'> {
  const replicas = integer(0, REPLICAS_MAX)(fields, 'replicas');
  const surge = fields['identity'] === 'stable' ? 0 : bounds(fields).maxSurge;
  if (replicas + surge > STANDING_MAX)
    throw new Problem(
      `replicas: ${replicas} and a surge of ${surge} are more than the ${STANDING_MAX} that the Endpoints of a service hold`,
    );
  return { replicas };
}

/**
 * Kubernetes' defaults are 25 %, rounded up for the surge and down for the rest: of up to four replicas one more, and none less.
 */
function bounds(fields: Fields): Pick<DeploymentSpec, 'maxSurge' | 'maxUnavailable'> {
  const maxSurge = optional(integer(0, REPLICAS_MAX), 1)(fields, 'maxSurge');
  const maxUnavailable = optional(integer(0, REPLICAS_MAX), 0)(fields, 'maxUnavailable');
  // Then nothing could ever be replaced.
  if (maxSurge === 0 && maxUnavailable === 0) throw new Problem('maxUnavailable: may not be 0 when maxSurge is 0');
  return { maxSurge, maxUnavailable };
}

/** A volume is found again by a name that lasts. */
function ownStorage(fields: Fields): Pick<DeploymentSpec, 'storage'> {
  if (fields['storage'] === undefined) return {};
  if (fields['identity'] !== 'stable') throw new Problem('storage: is for replicas with a stable identity only');
  return { storage: group(storageOf)(fields, 'storage') };
}

/** The API takes it, and no node could run it. */
export function isBlank({ spec }: Deployment): boolean {
  return spec.image.trim() === '';
}

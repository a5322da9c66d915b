/** What an artifact registry serves (OCI distribution: blobs by digest, manifests by tag). */
import { method, type Micros } from '../../../sim/index.ts';
import type { Content } from './content.ts';

/** What is known of an image beside its content. */
export interface ImageMetadata {
  /** Of its repository. */
  readonly name: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly pushedBy: string;
  /** By the clock of the registry that took it. */
  readonly pushedUs: Micros;
}

export interface PushRequest {
  readonly name: string;
  /** Of the content, as its maker sees it. */
  readonly digest: string;
  readonly content: Content;
}

/** By digest, or the newest of a repository. */
export type PullRequest = { readonly name: string; readonly digest: string | null };

export interface PullResponse {
  readonly metadata: ImageMetadata;
  readonly content: Content;
}

/** Between registries: what one has taken from its own clients. */
export interface ReplicateImageRequest {
  readonly image: PullResponse;
}

export const pushMethod = method<PushRequest, ImageMetadata>('artifacts/push', {
  serviceUs: 100,
  requestBytes: ({ content }) => content.sizeBytes,
  describeRequest: ({ name, digest }) => `push ${name}@${digest}`,
  describeResponse: ({ name, digest }) => `have ${name}@${digest}`,
});
export const pullMethod = method<PullRequest, PullResponse>('artifacts/pull', {
  serviceUs: 60,
  responseBytes: ({ content }) => content.sizeBytes,
  describeRequest: ({ name, digest }) => `pull ${name}@${digest ?? 'latest'}`,
  describeResponse: sayImage,
});
/** What is known of an image, without the image. */
export const describeMethod = method<PullRequest, ImageMetadata>('artifacts/describe', {
  describeRequest: ({ name, digest }) => `describe ${name}@${digest ?? 'latest'}`,
});
/** Between registries: like a pull, but answered from what the asked one has itself. */
export const fetchMethod = method<PullRequest, PullResponse>('artifacts/fetch', {
  serviceUs: 60,
  responseBytes: ({ content }) => content.sizeBytes,
  describeRequest: ({ name, digest }) => `fetch ${name}@${digest ?? 'latest'}`,
  describeResponse: sayImage,
});
export const replicateImageMethod = method<ReplicateImageRequest, null>('artifacts/replicate', {
  serviceUs: 100,
  requestBytes: ({ image }) => image.content.sizeBytes,
  describeRequest: ({ image }) => `replicates ${image.metadata.name}@${image.metadata.digest}`,
});

function sayImage({ metadata, content }: PullResponse): string {
  return `${metadata.name}@${metadata.digest} holds ${content.text}`;
}

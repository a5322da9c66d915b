/** What calls are made of: methods, frames and the kinds of messages that client and server exchange (gRPC's ways). */
import type { Digest } from '../digest.ts';
import { kind, type Kind } from '../kind.ts';
import type { Micros } from '../time.ts';

export interface Frame<B> {
  readonly call: number;
  readonly body: B;
}

/** A server's definite "no". Codes are the server's own words, such as `conflict`. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** When there is hope again: nobody should ask sooner (HTTP's `Retry-After`). */
  readonly retryAfterUs?: Micros;
}

/** One kind of call. Made once, at module level. */
export interface Method<Request, Response> {
  readonly name: string;
  readonly request: Kind<Frame<Request>>;
  readonly response: Kind<Frame<Response>>;
}

export interface MethodOptions<Request, Response> {
  /** What handling one costs the server. */
  serviceUs?: Micros;
  requestBytes?: (request: Request) => number;
  responseBytes?: (response: Response) => number;
  /** Mixes what a message carries into the digest; field by field when absent, which costs the more the more fields there are. */
  digestRequest?: (request: Request, digest: Digest) => void;
  digestResponse?: (response: Response, digest: Digest) => void;
  describeRequest?: (request: Request) => string;
  describeResponse?: (response: Response) => string;
}

const HEADER_BYTES = 64;
const BODY_BYTES = 128;

export function method<Request, Response>(
  name: string,
  options: MethodOptions<Request, Response> = {},
): Method<Request, Response> {
  const { requestBytes, responseBytes, digestRequest, digestResponse, describeRequest, describeResponse } = options;
  return {
    name,
    request: kind<Frame<Request>>(name, {
      serviceUs: options.serviceUs ?? 30,
      sizeBytes: ({ body }) => HEADER_BYTES + (requestBytes?.(body) ?? BODY_BYTES),
      ...digestOf(digestRequest),
      describe: ({ body }) => describeRequest?.(body) ?? name,
    }),
    response: kind<Frame<Response>>(`${name} answer`, {
      serviceUs: 10,
      sizeBytes: ({ body }) => HEADER_BYTES + (responseBytes?.(body) ?? BODY_BYTES),
      ...digestOf(digestResponse),
      describe: ({ body }) => describeResponse?.(body) ?? `${name}: answered`,
    }),
  };
}

function digestOf<B>(body: ((body: B, digest: Digest) => void) | undefined): {
  digest?: (frame: Frame<B>, digest: Digest) => void;
} {
  if (body === undefined) return {};
  return {
    digest: (frame, digest) => {
      digest.int(frame.call);
      body(frame.body, digest);
    },
  };
}

export const refusalKind = kind<Frame<Refusal>>('rpc/refusal', {
  describe: ({ body }) => `refused: ${body.code}: ${body.message}`,
});
export const endKind = kind<Frame<Refusal>>('rpc/stream end', {
  describe: ({ body }) => `stream ended: ${body.code}: ${body.message}`,
});
export const cancelKind = kind<Frame<null>>('rpc/cancel', { serviceUs: 5, describe: () => 'cancels its stream' });
export const windowKind = kind<Frame<number>>('rpc/window', {
  serviceUs: 2,
  describe: ({ body }) => (body < 0 ? `takes ${-body} items less at a time` : `has taken ${body} items`),
});

export const deadlineKind = kind<null>('rpc/deadline', { serviceUs: 2, describe: () => 'a deadline passes' });

/** Items that a server may have under way on one stream before it must wait (etcd's watch channel holds 128 as well). */
export const STREAM_WINDOW = 128;
/** The consumer tells the server when it has taken this part of its window. */
export const WINDOW_PARTS = 4;

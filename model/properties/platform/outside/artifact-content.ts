/**
 * Artifact content: what is served under a digest is the content that has it, and what a node runs is what desired state names.
 * What a registry serves is seen on its way; what a node takes in reaches nobody, so that the node's own word has to do.
 */
import type { Boundary, Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { digestOf, parseImage } from '../../../outside/artifacts/content.ts';
import { fetchMethod, pullMethod, type PullRequest, type PullResponse } from '../../../outside/artifacts/methods.ts';
import { pulledBoundary, type PulledImage } from '../../../outside/artifacts/pulled.ts';

export function artifactContent(): Property {
  return {
    id: 'platform/artifact-content',
    kind: 'always',
    title:
      'what a registry serves under a digest is the content with that digest, and nodes run the image whose digest desired state names',
    monitor: (report, _scene, keepEvidence) => new ArtifactContent(report, keepEvidence),
  };
}

const asked: readonly Kind[] = [pullMethod.request, fetchMethod.request];
const served: readonly Kind[] = [pullMethod.response, fetchMethod.response];

/** How a call travels. */
interface Frame<B> {
  readonly call: number;
  readonly body: B;
}

/** What crossed, as it did. */
type Evidence =
  | { readonly type: 'asked'; readonly call: string; readonly digest: string | null }
  | { readonly type: 'served'; readonly call: string; readonly registry: string; readonly response: PullResponse }
  | { readonly type: 'pulled'; readonly node: string; readonly image: PulledImage };

class ArtifactContent implements Monitor {
  private readonly report: Report;
  private readonly evidence: Evidence[] | null;
  /** What was asked for by digest, by who asked whom in which call. */
  private readonly wanted = new Map<string, string>();

  constructor(report: Report, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
  }

  hears(what: Kind): boolean {
    return asked.includes(what) || served.includes(what);
  }

  sees(what: Boundary): boolean {
    return what === (pulledBoundary as Boundary);
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    if (asked.includes(what)) {
      const { call, body: request } = body as Frame<PullRequest>;
      const place = `${from.name} ${to.name} ${call}`;
      this.evidence?.push({ type: 'asked', call: place, digest: request.digest });
      if (request.digest === null) this.wanted.delete(place);
      else this.wanted.set(place, request.digest);
    } else if (served.includes(what)) {
      const { call, body: response } = body as Frame<PullResponse>;
      const place = `${to.name} ${from.name} ${call}`;
      this.evidence?.push({ type: 'served', call: place, registry: from.name, response });
      const digest = this.wanted.get(place) ?? response.metadata.digest;
      this.wanted.delete(place);
      if (digestOf(response.content) !== digest) this.report.violated(servesOther(from.name, response, digest));
    }
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what !== (pulledBoundary as Boundary)) return;
    const image = body as PulledImage;
    this.evidence?.push({ type: 'pulled', node: process.name, image });
    if (isOther(image)) this.report.violated(runsOther(process.name, image));
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      if (seen.type === 'pulled' && isOther(seen.image)) return runsOther(seen.node, seen.image);
      if (seen.type !== 'served') continue;
      const question = evidence.slice(0, at).findLast((each) => each.type !== 'pulled' && each.call === seen.call);
      const wanted = question?.type === 'asked' ? question.digest : null;
      const digest = wanted ?? seen.response.metadata.digest;
      if (digestOf(seen.response.content) !== digest) return servesOther(seen.registry, seen.response, digest);
    }
    return null;
  }
}

function isOther({ reference, digest }: PulledImage): boolean {
  return parseImage(reference)?.digest !== digest;
}

function runsOther(node: string, { reference, digest }: PulledImage): string {
  return `${node} runs ${digest} as ${reference}`;
}

function servesOther(registry: string, { content }: PullResponse, digest: string): string {
  return `${registry} serves ${content.text} under ${digest}`;
}

/** Artifact content: what is served under a digest is the content that has it, and what a node runs is what desired state names. */
import type { Boundary, Kind, Monitor, Process, Property, Report } from '../../../../sim/index.ts';
import { digestOf, parseImage } from '../../../outside/artifacts/content.ts';
import { fetchMethod, pullMethod, type PullRequest, type PullResponse } from '../../../outside/artifacts/methods.ts';
import { pulledBoundary, type PulledImage } from '../../../outside/artifacts/pulled.ts';

export function artifactContent(): Property {
  return {
    id: 'platform/artifact-content',
    kind: 'always',
    title: 'what a registry serves under a digest is that content, and nodes run what the digest in desired state names',
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

class ArtifactContent implements Monitor {
  private readonly report: Report;
  private readonly evidence: string[] | null;
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
      if (request.digest === null) this.wanted.delete(place);
      else this.wanted.set(place, request.digest);
    } else if (served.includes(what)) {
      const { call, body: response } = body as Frame<PullResponse>;
      const place = `${to.name} ${from.name} ${call}`;
      const digest = this.wanted.get(place) ?? response.metadata.digest;
      this.wanted.delete(place);
      if (digestOf(response.content) !== digest) this.breach(`${from.name} serves ${response.content.text} under ${digest}`);
    }
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what !== (pulledBoundary as Boundary)) return;
    const { reference, digest } = body as PulledImage;
    if (parseImage(reference)?.digest !== digest) this.breach(`${process.name} runs ${digest} as ${reference}`);
  }

  fullCheck(): string | null {
    return this.evidence?.[0] ?? null;
  }

  private breach(message: string): void {
    this.evidence?.push(message);
    this.report.violated(message);
  }
}

/**
 * Absent artifacts: that nobody has an image a registry says once every other one has said so, and
 * never of one that was acknowledged.
 */
import {
  refusalKind,
  type Kind,
  type Monitor,
  type Process,
  type Property,
  type Refusal,
  type Report,
  type Scene,
} from '../../../../sim/index.ts';
import {
  describeMethod,
  fetchMethod,
  pullMethod,
  pushMethod,
  type ImageMetadata,
  type PullRequest,
} from '../../../outside/artifacts/methods.ts';
import { ARTIFACTS } from '../../../outside/artifacts/registry.ts';

export function artifactsAbsent(): Property {
  return {
    id: 'platform/artifacts-absent',
    kind: 'always',
    title:
      'a registry says that nobody has an image only when all others have said so since it was asked, and none has acknowledged it before',
    monitor: (report, scene, keepEvidence) => new ArtifactsAbsent(report, scene, keepEvidence),
  };
}

const pulls: readonly Kind[] = [pullMethod.request, describeMethod.request];
const questions: readonly Kind[] = [...pulls, fetchMethod.request];
const answers: readonly Kind[] = [pullMethod.response, describeMethod.response, fetchMethod.response];

/** How a call travels. */
interface Frame<B> {
  readonly call: number;
  readonly body: B;
}

interface Question {
  /** A digest, or the name of a repository whose latest is wanted. */
  readonly wanted: string;
  /** By a client, who asks after all registries; the registries ask each other what one has itself. */
  readonly ofAll: boolean;
  /** Whether it had been acknowledged when it was asked, by anybody or by the one that is asked itself. */
  readonly acknowledged: boolean;
  /** Registries that have told the asked one since that they do not have it. */
  readonly denials: Set<string>;
}

/** What crossed, as it did. */
type Evidence =
  | { readonly type: 'pushed'; readonly registry: string; readonly image: ImageMetadata }
  | { readonly type: 'emptied'; readonly registry: string }
  | { readonly type: 'asked'; readonly registry: string; readonly call: string; readonly wanted: string; readonly ofAll: boolean }
  | { readonly type: 'denied'; readonly registry: string; readonly by: string; readonly call: string };

class ArtifactsAbsent implements Monitor {
  private readonly report: Report;
  private readonly registries: readonly string[];
  /** By registry, digests and repositories that it has acknowledged images of. */
  private readonly acknowledged = new Map<string, Set<string>>();
  /** By registry, what it is asked, by who asks in which call. */
  private readonly open = new Map<string, Map<string, Question>>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.evidence = keepEvidence ? [] : null;
    this.registries = scene.processes().flatMap(({ name }) => (name.startsWith(ARTIFACTS) ? [name] : []));
    for (const name of this.registries) {
      this.acknowledged.set(name, new Set());
      this.open.set(name, new Map());
    }
  }

  hears(what: Kind): boolean {
    return (
      what === (pushMethod.response as Kind) ||
      questions.includes(what) ||
      answers.includes(what) ||
      what === (refusalKind as Kind)
    );
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    if (questions.includes(what)) {
      const { call, body: request } = body as Frame<PullRequest>;
      this.asked(to.name, `${from.name} ${call}`, request.digest ?? request.name, pulls.includes(what));
      return;
    }
    const asked = this.open.get(from.name);
    if (asked === undefined) return;
    const { call, body: answer } = body as Frame<unknown>;
    if (what === (pushMethod.response as Kind)) {
      this.pushed(from.name, answer as ImageMetadata);
      return;
    }
    const place = `${to.name} ${call}`;
    const question = asked.get(place);
    asked.delete(place);
    if (question !== undefined && what === (refusalKind as Kind) && (answer as Refusal).code === 'not-found')
      this.denied(from.name, to.name, place, question);
  }

  crashed({ name }: Process): void {
    this.open.get(name)?.clear();
  }

  /** Nobody promises more than a disk. */
  emptied({ name }: Process): void {
    this.evidence?.push({ type: 'emptied', registry: name });
    this.acknowledged.get(name)?.clear();
  }

  fullCheck(): string | null {
    const evidence = this.evidence ?? [];
    for (const [at, seen] of evidence.entries()) {
      const broken = seen.type === 'denied' ? judgeFromScratch(seen, evidence.slice(0, at), this.registries) : null;
      if (broken !== null) return broken;
    }
    return null;
  }

  private pushed(registry: string, image: ImageMetadata): void {
    this.evidence?.push({ type: 'pushed', registry, image });
    this.acknowledged.get(registry)?.add(image.digest).add(image.name);
  }

  private asked(registry: string, call: string, wanted: string, ofAll: boolean): void {
    this.evidence?.push({ type: 'asked', registry, call, wanted, ofAll });
    const who = ofAll ? this.registries : [registry];
    const acknowledged = who.some((name) => this.acknowledged.get(name)?.has(wanted) === true);
    this.open.get(registry)?.set(call, { wanted, ofAll, acknowledged, denials: new Set() });
  }

  private denied(registry: string, by: string, call: string, { wanted, ofAll, acknowledged, denials }: Question): void {
    this.evidence?.push({ type: 'denied', registry, by, call });
    if (acknowledged) this.report.violated(wasThere(registry, wanted));
    if (ofAll) {
      for (const other of this.registries)
        if (other !== registry && !denials.has(other)) this.report.violated(unasked(registry, wanted, other));
    } else {
      for (const question of this.open.get(by)?.values() ?? []) if (question.wanted === wanted) question.denials.add(registry);
    }
  }
}

type Denied = Extract<Evidence, { readonly type: 'denied' }>;

/** One denial, against all that was said before. */
function judgeFromScratch({ registry, call }: Denied, before: readonly Evidence[], registries: readonly string[]): string | null {
  const at = before.findLastIndex((each) => each.type === 'asked' && each.registry === registry && each.call === call);
  const question = before[at];
  if (question?.type !== 'asked') return null;
  const { wanted, ofAll } = question;
  const earlier = before.slice(0, at);
  for (const name of ofAll ? registries : [registry]) {
    const life = earlier.slice(earlier.findLastIndex((each) => each.type === 'emptied' && each.registry === name) + 1);
    if (
      life.some(
        (each) =>
          each.type === 'pushed' && each.registry === name && (each.image.digest === wanted || each.image.name === wanted),
      )
    )
      return wasThere(registry, wanted);
  }
  if (!ofAll) return null;
  const denials = before.filter((each, when): each is Denied => each.type === 'denied' && when > at && each.by === registry);
  const missing = registries.find(
    (other) => other !== registry && !denials.some((each) => each.registry === other && wantedIn(before, each) === wanted),
  );
  return missing === undefined ? null : unasked(registry, wanted, missing);
}

/** What a denial was about. */
function wantedIn(evidence: readonly Evidence[], { registry, call }: Denied): string | null {
  const question = evidence.findLast((each) => each.type === 'asked' && each.registry === registry && each.call === call);
  return question?.type === 'asked' ? question.wanted : null;
}

const wasThere = (registry: string, wanted: string): string =>
  `${registry} says that there is no ${wanted}, which had been acknowledged when it was asked`;
const unasked = (registry: string, wanted: string, other: string): string =>
  `${registry} says that nobody has ${wanted}, without a word from ${other}`;

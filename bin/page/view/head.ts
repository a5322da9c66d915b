/** The top of the page: what run this is, what it came to, and whether executing it again gave the same. */
import type { Verdict } from '../../../sim/index.ts';
import { formatTime } from '../../../sim/time.ts';
import type { Verification } from '../../../replay/verify.ts';
import type { PageContent } from '../../export/page-content.ts';
import type { Overview } from '../protocol.ts';
import { html, refill, type Child } from './dom.ts';
import { count, counted } from './words.ts';

export class Head {
  readonly element: HTMLElement;
  private readonly content: PageContent;
  private readonly verdict = html('div', { class: 'verdict' });
  private readonly digest = html('div', { class: 'digest', role: 'status', id: 'digest' });

  constructor(content: PageContent) {
    this.content = content;
    const { scenario, seed, defects } = content.recording;
    const chips = [
      html('span', { class: 'chip' }, `seed ${seed}`),
      ...defects.map((defect) =>
        html('span', { class: 'chip defect', title: 'a defect that was switched on' }, `with ${defect}`),
      ),
    ];
    this.element = html(
      'header',
      {},
      html('div', { class: 'identity' }, html('span', { class: 'brand' }, 'Quorate'), html('h1', {}, scenario), ...chips),
      this.verdict,
      this.digest,
    );
    this.digest.append(html('strong', {}, 'starting the engine'));
  }

  progress(step: number, timeUs: number): void {
    const { steps, endUs } = this.content.recording;
    this.element.style.setProperty('--done', `${Math.min(100, (100 * step) / Math.max(1, steps))}%`);
    this.element.classList.add('working');
    this.digest.replaceChildren(
      html('strong', {}, 'executing the run again, here'),
      html('span', {}, `${count(step)} of ${counted(steps, 'step')}, ${formatTime(timeUs)} of ${formatTime(endUs)}`),
    );
  }

  opened({ verdict, violation, failure, verification }: Overview): void {
    this.element.classList.remove('working');
    this.verdict.className = `verdict ${verdict === 'ok' ? 'ok' : 'failed'}`;
    const what = violation?.property ?? (failure === null ? '' : 'a program threw');
    const message = violation?.message ?? failure ?? '';
    this.verdict.replaceChildren(
      html('p', { class: 'what', id: 'verdict' }, html('b', {}, WORDS[verdict]), what),
      html('p', { class: 'message', title: message }, message),
    );
    this.digest.className = `digest ${this.sameBuild ? (verification.identical ? 'verified' : 'differs') : 'other-build'}`;
    refill(this.digest, ...this.verified(verification));
  }

  failed(message: string): void {
    this.element.classList.remove('working');
    this.digest.className = 'digest differs';
    this.digest.replaceChildren(html('strong', {}, 'the run could not be executed'), html('span', {}, message));
  }

  private get sameBuild(): boolean {
    return this.content.engine.build === this.content.recording.build;
  }

  private verified({ identical, digest, steps, firstDifference }: Verification): readonly Child[] {
    const another = this.sameBuild ? null : html('span', {}, 'recorded by another build of Quorate: this decides nothing');
    if (identical) {
      return [
        html('strong', {}, this.sameBuild ? 'digest verified' : 'same digest'),
        html('code', {}, digest),
        html('span', {}, `all ${counted(steps, 'step')} match the recording`),
        another,
      ];
    }
    if (firstDifference === null) return [another];
    const { step, timeUs, what, recorded, repeated, event } = firstDifference;
    return [
      html('strong', {}, `differs from the recording at step ${count(step)}`),
      html('span', {}, `${formatTime(timeUs)}: ${what} recorded ${recorded}, here ${repeated}`),
      event === null ? null : html('span', { title: event }, event),
      another,
    ];
  }
}

const WORDS: Readonly<Record<Verdict, string>> = { ok: 'ok', violation: 'violated', stalled: 'stalled', crashed: 'crashed' };

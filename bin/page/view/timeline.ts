/** The run from left to right: how much happened, who led, which faults weighed on it. The slider over its steps. */
import { formatTime } from '../../../sim/time.ts';
import { eventAt, timeOf, type App } from './app.ts';
import { html, svg } from './dom.ts';
import { drawTracks, GUTTER, tracksOf, type Tracks } from './tracks.ts';
import { keeping, moved, whole, zoomed, type TimeWindow } from './window.ts';
import { count } from './words.ts';

const WHEEL_ZOOM = 1.0018;
/** The right edge of the drawing, so that the last event can be seen whole. */
const MARGIN = 10;

export class Timeline {
  readonly element: HTMLElement;
  private readonly app: App;
  private readonly tracks: Tracks;
  private readonly drawing = svg('svg', { class: 'tracks' });
  private readonly cursor = svg('g', { class: 'cursor' });
  private readonly strip = html('div', { class: 'strip' }, html('div'));
  private window: TimeWindow;

  constructor(app: App) {
    this.app = app;
    this.tracks = tracksOf(app.overview);
    this.window = whole(app.overview.endUs);
    this.drawing.setAttribute('height', String(this.tracks.height));
    this.cursor.append(svg('line', { y1: 0, y2: this.tracks.height }), svg('path', { d: 'M-6 0H6V5L0 11L-6 5z' }));
    this.element = html(
      'div',
      {
        class: 'timeline',
        role: 'slider',
        tabindex: 0,
        id: 'slider',
        'aria-label': 'step of the run',
        'aria-valuemin': 0,
        'aria-valuemax': app.last,
      },
      this.drawing,
      this.strip,
    );
    this.listen();
    new ResizeObserver(() => this.redraw()).observe(this.element);
  }

  /** After the reader went elsewhere. */
  update(): void {
    const { overview, event } = this.app;
    const timeUs = timeOf(overview, event);
    const kept = keeping(this.window, timeUs, overview.endUs);
    this.element.setAttribute('aria-valuenow', String(event));
    this.element.setAttribute('aria-valuetext', `step ${count(event)}, ${formatTime(timeUs)}`);
    if (kept === this.window) return this.placeCursor();
    this.window = kept;
    this.redraw();
  }

  /** Enlarges by a factor around where the reader stands. */
  zoom(factor: number): void {
    this.show(zoomed(this.window, timeOf(this.app.overview, this.app.event), factor, this.app.overview.endUs));
  }

  fit(): void {
    this.show(whole(this.app.overview.endUs));
  }

  private show(window: TimeWindow): void {
    this.window = window;
    this.redraw();
  }

  private redraw(): void {
    const { width } = this;
    if (width <= 0) return;
    this.drawing.replaceChildren(...drawTracks(this.app.overview, this.tracks, this.window, width), this.cursor);
    const { fromUs, toUs } = this.window;
    const endUs = Math.max(1, this.app.overview.endUs);
    const thumb = this.strip.firstElementChild as HTMLElement;
    this.strip.classList.toggle('zoomed', toUs - fromUs < endUs);
    thumb.style.left = `${(fromUs / endUs) * 100}%`;
    thumb.style.width = `${((toUs - fromUs) / endUs) * 100}%`;
    this.placeCursor();
  }

  private placeCursor(): void {
    const { fromUs, toUs } = this.window;
    const share = (timeOf(this.app.overview, this.app.event) - fromUs) / (toUs - fromUs);
    this.cursor.setAttribute('transform', `translate(${(GUTTER + share * this.width).toFixed(1)} 0)`);
  }

  /** Of what stands to the right of the names. */
  private get width(): number {
    return this.element.clientWidth - GUTTER - MARGIN;
  }

  private timeAt(pointer: MouseEvent): number {
    const { left } = this.element.getBoundingClientRect();
    const share = (pointer.clientX - left - GUTTER) / this.width;
    return this.window.fromUs + Math.max(0, Math.min(1, share)) * (this.window.toUs - this.window.fromUs);
  }

  private listen(): void {
    const { element, app, strip } = this;
    const goTo = (pointer: PointerEvent): void => {
      if (element.hasPointerCapture(pointer.pointerId)) app.go(eventAt(app.overview, this.timeAt(pointer)));
    };
    element.addEventListener('pointerdown', (pointer) => {
      if (pointer.button !== 0 || strip.contains(pointer.target as Node)) return;
      element.setPointerCapture(pointer.pointerId);
      goTo(pointer);
    });
    element.addEventListener('pointermove', goTo);
    element.addEventListener('dblclick', () => this.fit());
    element.addEventListener(
      'wheel',
      (wheel) => {
        wheel.preventDefault();
        const { endUs } = app.overview;
        const sideways = wheel.shiftKey ? wheel.deltaY : wheel.deltaX;
        if (sideways !== 0)
          this.show(moved(this.window, (sideways / this.width) * (this.window.toUs - this.window.fromUs), endUs));
        else this.show(zoomed(this.window, this.timeAt(wheel), WHEEL_ZOOM ** -wheel.deltaY, endUs));
      },
      { passive: false },
    );
    strip.addEventListener('pointerdown', (pointer) => strip.setPointerCapture(pointer.pointerId));
    strip.addEventListener('pointermove', (pointer) => {
      if (strip.hasPointerCapture(pointer.pointerId))
        this.show(moved(this.window, (pointer.movementX / strip.clientWidth) * app.overview.endUs, app.overview.endUs));
    });
  }
}

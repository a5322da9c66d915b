/** The engine in its worker, as the page sees it. The worker's code is in the page, so nothing has to be fetched. */
import type { PageContent } from '../../export/page-content.ts';
import type { Answer, Look, Question } from '../protocol.ts';

export class Engine {
  private readonly worker: Worker;
  /** A look is under way; the newest of those asked for meanwhile follows it. */
  private isBusy = false;
  private next: Look | null = null;

  constructor(code: string, heard: (answer: Answer) => void) {
    this.worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    this.worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.tell === 'frame') this.isBusy = false;
      heard(data);
      if (!this.isBusy && this.next !== null) this.look(this.next);
    });
    this.worker.addEventListener('error', ({ message }) =>
      heard({ tell: 'failed', message: message === '' ? 'the engine could not be started' : message }),
    );
  }

  open(content: PageContent): void {
    this.ask({ ask: 'open', content });
  }

  look(look: Look): void {
    if (this.isBusy) {
      this.next = look;
      return;
    }
    this.isBusy = true;
    this.next = null;
    this.ask({ ask: 'look', look });
  }

  find(pattern: string, from: number, direction: 1 | -1): void {
    this.ask({ ask: 'find', pattern, from, direction });
  }

  /** The event of a process before or after another; answered as a search is. */
  neighbour(process: number, from: number, direction: 1 | -1): void {
    this.ask({ ask: 'neighbour', process, from, direction });
  }

  private ask(question: Question): void {
    this.worker.postMessage(question);
  }
}

/** The page: starts the engine on the recording that stands in the page, and shows the run once it has been executed again. */
import { ELEMENT, type PageContent } from '../../export/page-content.ts';
import type { Answer } from '../protocol.ts';
import { Desk } from './desk.ts';
import { html } from './dom.ts';
import { Engine } from './engine.ts';
import { foot } from './foot.ts';
import { Head } from './head.ts';

const content = JSON.parse(textOf(ELEMENT.content)) as PageContent;
const head = new Head(content);
const main = html('main', {});
let desk: Desk | null = null;

document.getElementById(ELEMENT.root)?.append(head.element, main, foot(content));
const engine = new Engine(textOf(ELEMENT.engine), hear);
engine.open(content);

function hear(answer: Answer): void {
  switch (answer.tell) {
    case 'progress':
      head.progress(answer.step, answer.timeUs);
      break;
    case 'opened':
      head.opened(answer.overview);
      desk = new Desk(content, answer.overview, engine);
      main.append(...desk.elements);
      desk.begin();
      break;
    case 'frame':
      desk?.show(answer.frame);
      break;
    case 'found':
      desk?.found(answer.event);
      break;
    case 'failed':
      head.failed(answer.message);
      break;
  }
}

function textOf(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

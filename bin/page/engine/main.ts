/** The worker of a page: answers what the page asks, and executes on when nobody asks. */
import type { Answer, Look, Question } from '../protocol.ts';
import { PageSession } from './session.ts';

/** What is used of a worker's global scope: its types and those of a page cannot be had together. */
interface WorkerScope {
  postMessage(answer: Answer, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: Question }) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
/** Questions are heard between two slices of work. */
const SLICE_MS = 20;
const PROGRESS_MS = 80;

let session: PageSession | null = null;
let isOpen = false;
let reportedAtMs = 0;
/** Of the looks that came while another was being answered only the last one counts. */
let look: Look | null = null;
/** The one of which all was told that can be without executing anything. */
let sketched: Look | null = null;
let isDue = false;

/** Lets the questions in that came meanwhile, without the pause that browsers put between nested timers. */
const { port1: here, port2: there } = new MessageChannel();
here.onmessage = () => attempt(work);

scope.onmessage = ({ data }) => attempt(() => answer(data));

function answer(question: Question): void {
  switch (question.ask) {
    case 'open':
      session = new PageSession(question.content);
      break;
    case 'look':
      ({ look } = question);
      break;
    case 'find':
      if (session !== null)
        scope.postMessage({ tell: 'found', event: session.find(question.pattern, question.from, question.direction) });
      break;
    case 'neighbour':
      if (session !== null)
        scope.postMessage({ tell: 'found', event: session.neighbour(question.process, question.from, question.direction) });
      break;
  }
  goOn();
}

function goOn(): void {
  if (isDue) return;
  isDue = true;
  there.postMessage(null);
}

function work(): void {
  isDue = false;
  if (session === null) return;
  const began = performance.now();
  let more = true;
  while (more && performance.now() - began < SLICE_MS) more = isOpen ? workOpen(session) : execute(session);
  if (more) goOn();
}

/** True while there is more to do. */
function execute(opening: PageSession): boolean {
  const overview = opening.execute();
  if (overview !== null) {
    isOpen = true;
    scope.postMessage({ tell: 'opened', overview }, [overview.timesUs.buffer as ArrayBuffer]);
    return true;
  }
  const now = performance.now();
  if (now - reportedAtMs > PROGRESS_MS) {
    reportedAtMs = now;
    scope.postMessage({ tell: 'progress', steps: opening.steps, ...opening.progress });
  }
  return true;
}

function workOpen(opened: PageSession): boolean {
  if (look === null) return opened.tend();
  if (opened.approach(look.event)) {
    const asked = look;
    look = null;
    scope.postMessage({ tell: 'frame', frame: opened.look(asked, true) });
  } else if (look !== sketched) {
    // On the way there, which may be long, the reader sees what is known without going, and may want to go elsewhere.
    sketched = look;
    scope.postMessage({ tell: 'frame', frame: opened.look(look, false) });
  }
  return true;
}

function attempt(todo: () => void): void {
  try {
    todo();
  } catch (error) {
    scope.postMessage({ tell: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

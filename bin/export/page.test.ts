import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recording } from '../../replay/recording.ts';
import { Workplace } from '../testing/spawn-quorate.ts';
import { openChromium, openPage, textAt, type Misdeeds } from './testing/chromium.ts';

/** The page of a recording in a real browser. */
const place = new Workplace();
const STEP_MS = 60_000;
let browser: Browser;
let recording: Recording;
let page: Page;
let misdeeds: Misdeeds;

/** Opens a page and waits until the run was executed again in it. */
async function open(file: string): Promise<{ readonly page: Page; readonly misdeeds: Misdeeds }> {
  const opened = await openPage(browser);
  await opened.page.goto(pathToFileURL(join(place.path, file)).href);
  await opened.page.waitForSelector('.row.here, .digest.differs', { timeout: STEP_MS });
  return opened;
}

/** Presses a key and waits until the panes show the step. */
async function press(key: Parameters<Page['keyboard']['press']>[0], step: number): Promise<void> {
  await page.keyboard.press(key);
  await shows(step);
}

async function shows(step: number): Promise<void> {
  const wanted =
    step === 0
      ? `document.querySelector('.event-card').textContent.includes('has not begun')`
      : `document.querySelector('.row.here')?.dataset.event === '${step}'`;
  await page.waitForFunction(wanted, { timeout: STEP_MS });
  expect(await page.evaluate(`document.getElementById('slider').ariaValueNow`)).toBe(String(step));
}

beforeAll(async () => {
  const { json } = await place.json(
    'run',
    'drop-acknowledgements',
    '--seed',
    '1',
    '--defect',
    'ack-before-commit',
    '--output',
    '.',
  );
  const file = json['recording'] as string;
  recording = JSON.parse(place.read(file)) as Recording;
  place.write('run.quorate.json', place.read(file));
  expect((await place.quorate('export', file, '--format', 'html', '--budget', '4', '--output', 'run.html')).status).toBe(0);
  browser = await openChromium();
  ({ page, misdeeds } = await open('run.html'));
}, 3 * STEP_MS);

afterAll(async () => {
  await browser.close();
  place.remove();
});

test(
  'the browser comes to the digest of every step, the same violation and the same last step',
  async () => {
    expect(await textAt(page, '#digest')).toBe(
      `digest verified${recording.digest}all ${recording.steps.toLocaleString('en')} steps match the recording`,
    );
    expect(await textAt(page, '#verdict')).toBe(`violated${recording.violation?.property}`);
    expect(await textAt(page, '.message')).toBe(recording.violation?.message);
    await shows(recording.steps);
    expect(await textAt(page, '.row.here')).toBe(await textAt(page, '.row.broken'));
  },
  STEP_MS,
);

test(
  'keys move the slider and everything below it',
  async () => {
    const { steps } = recording;
    await press('ArrowLeft', steps - 1);
    await press('ArrowRight', steps);
    await press('Home', 0);
    await press('ArrowRight', 1);
    await press('End', steps);
    await page.keyboard.press('p');
    await page.waitForFunction(`Number(document.querySelector('.row.here')?.dataset.event) < ${steps}`, { timeout: STEP_MS });
    await press('v', steps);
  },
  STEP_MS,
);

test(
  'the cause is where the first line of the chain says',
  async () => {
    await press('v', recording.steps);
    const cause = Number(await page.evaluate(`document.querySelector('.event-card .lines li')?.dataset.event`));
    expect(cause).toBeGreaterThan(0);
    await press('[', cause);
    await press('v', recording.steps);
  },
  STEP_MS,
);

test(
  'the pointer on the timeline goes to a time',
  async () => {
    const slider = await page.$('#slider');
    const box = await slider?.boundingBox();
    if (box === null || box === undefined) throw new Error('the slider is not to be seen');
    await page.mouse.click(box.x + box.width / 2, box.y + 30);
    await page.waitForFunction(`Number(document.querySelector('.row.here')?.dataset.event) < ${recording.steps - 100}`, {
      timeout: STEP_MS,
    });
    expect(Number(await page.evaluate(`document.getElementById('slider').ariaValueNow`))).toBeGreaterThan(100);
  },
  STEP_MS,
);

test(
  'the state and the digest of a step are those that the command shows',
  async () => {
    await press('v', recording.steps);
    const step = recording.steps - 30;
    await page.evaluate(`document.getElementById('slider').focus()`);
    await page.select('.whose select', '0');
    const { json } = await place.json('replay', 'run.quorate.json', '--to', String(step));
    for (let at = recording.steps; at > step; at -= 1) await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(`document.querySelector('.after code')?.textContent === '${json['digest'] as string}'`, {
      timeout: STEP_MS,
    });
    const first = (
      json['processes'] as readonly {
        readonly name: string;
        readonly program: { readonly raft: { readonly raft: { readonly term: number } } };
      }[]
    )[0];
    expect(await textAt(page, '.standing b')).toBe(first?.name);
    expect(await textAt(page, '.state .fields')).toContain(`term${first?.program.raft.raft.term}`);
    await page.select('.whose select', '');
  },
  2 * STEP_MS,
);

test(
  'searching finds an event, and a process can be kept in view',
  async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('fsync');
    await page.keyboard.press('Enter');
    await page.waitForFunction(`document.querySelector('.row.here .words')?.textContent.startsWith('fsync')`, {
      timeout: STEP_MS,
    });
    await page.keyboard.press('Escape');
    await page.select('.whose select', '0');
    await page.waitForFunction(`document.querySelector('.standing b')?.textContent === 'store-east-1'`, { timeout: STEP_MS });
    await page.select('.whose select', '');
  },
  STEP_MS,
);

test(
  'the story is told in order, ends with the violation, and leads to its steps',
  async () => {
    const steps = (await page.evaluate(
      `[...document.querySelectorAll('.entry')].map((entry) => Number(entry.dataset.event))`,
    )) as readonly number[];
    expect(steps.length).toBeGreaterThan(2);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(await textAt(page, '.entry:last-child')).toContain(recording.violation?.message);
    await page.click('.entry');
    await shows(steps[0] ?? 0);
    await press('v', recording.steps);
  },
  STEP_MS,
);

test(
  'the diagram is drawn',
  async () => {
    await page.keyboard.press('d');
    await page.waitForFunction(`document.querySelector('dialog[open] img')?.naturalWidth > 500`, { timeout: STEP_MS });
    await page.keyboard.press('Escape');
  },
  STEP_MS,
);

test('everything fits into 1280 by 800', async () => {
  expect(await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.scrollHeight]')).toEqual([
    1_280, 800,
  ]);
});

test('no address is asked for, and nothing is complained about', () => {
  expect(misdeeds).toEqual({ requests: [], complaints: [] });
});

test(
  "no script in the page can reach a network, nor run if it is not the page's own",
  async () => {
    const opened = await open('run.html');
    const failed = await opened.page.evaluate(`fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'refused')`);
    expect(failed).toBe('refused');
    await opened.page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.foreign = true' }))`,
    );
    expect(await opened.page.evaluate('window.foreign === undefined')).toBe(true);
    expect(opened.misdeeds.complaints.join('\n')).toContain('Content Security Policy');
  },
  STEP_MS,
);

test(
  'what differs from the recording is said aloud, with the first step that does',
  async () => {
    const bytes = Buffer.from(recording.digestBytes, 'base64');
    bytes[99] = (bytes[99] ?? 0) ^ 1;
    place.write('other.quorate.json', JSON.stringify({ ...recording, digestBytes: bytes.toString('base64') }));
    await place.quorate('export', 'other.quorate.json', '--format', 'html', '--no-explanation');
    const opened = await open('other.html');
    expect(await textAt(opened.page, '#digest strong')).toBe('differs from the recording at step 100');
    expect(opened.misdeeds).toEqual({ requests: [], complaints: [] });
  },
  2 * STEP_MS,
);

test(
  "a declarative scenario of a user's own is executed without its file",
  async () => {
    place.write(
      'lost.yaml',
      'name: lost\nhealAt: 6s\nend: 9s\nfaults:\n  - { at: 2s, do: lose-region, region: east, for: 2s }\n',
    );
    const { json } = await place.json('run', 'lost.yaml', '--seed', '1', '--defect', 'steal-early', '--output', '.');
    const file = json['recording'] as string;
    await place.quorate('export', file, '--format', 'html', '--no-explanation', '--output', 'lost.html');
    const opened = await open('lost.html');
    expect(await textAt(opened.page, '#digest code')).toBe(json['digest']);
    expect(await textAt(opened.page, '#digest strong')).toBe('digest verified');
  },
  3 * STEP_MS,
);

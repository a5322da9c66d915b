/** A real browser, without a window. Debian's Chromium is what pages are tested in. */
import { launch, type Browser, type Page } from 'puppeteer-core';
import { chromiumNames, findProgram } from '../../testing/find-program.ts';

/** Throws when there is none: a page that no browser has opened is not tested. */
export async function openChromium(): Promise<Browser> {
  const executablePath = findProgram(chromiumNames);
  if (executablePath === undefined) throw new Error('this test needs Chromium: apt-get install chromium');
  // Its sandbox needs rights that containers do not give; the pages are our own.
  return launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** What a page did that it should not have done. */
export interface Misdeeds {
  /** Addresses that were asked for, but for the page itself and what is in it. */
  readonly requests: string[];
  /** Errors and warnings on the console, exceptions, what the policy has stopped. */
  readonly complaints: string[];
}

/** A page of the size that it must be readable at, and what it does wrong from its first moment on. */
export async function openPage(browser: Browser): Promise<{ readonly page: Page; readonly misdeeds: Misdeeds }> {
  const page = await browser.newPage();
  const misdeeds: Misdeeds = { requests: [], complaints: [] };
  await page.setViewport({ width: 1_280, height: 800 });
  page.on('request', (request) => {
    if (!/^(file|blob|data):/.test(request.url())) misdeeds.requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) misdeeds.complaints.push(message.text());
  });
  page.on('pageerror', (error) => void misdeeds.complaints.push(String(error)));
  return { page, misdeeds };
}

/** The text of the first element that a selector finds; empty when there is none. */
export async function textAt(page: Page, selector: string): Promise<string> {
  return (await page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`)) as string;
}

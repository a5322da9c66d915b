/**
 * One self-contained HTML page of a recording: the recording, the engine that executes it again, and
 * the scripts and styles to look at it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-info.ts';
import { xmlEscaped } from '../xml-text.ts';
import { ELEMENT, type PageContent } from './page-content.ts';

/** What `npm run build` makes of `bin/page`. Throws when there was no build. */
export function htmlPage(content: PageContent): string {
  const { recording } = content;
  const [engine, view, styles] = [asset('engine.js'), asset('view.js'), asset('page.css')];
  const script = inScript(view);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<title>${xmlEscaped(`${recording.scenario}, seed ${recording.seed}: ${recording.violation?.property ?? recording.verdict}`)} · Quorate</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<style>${styles}</style>
</head>
<body>
<div id="${ELEMENT.root}"></div>
<noscript>This page executes a recorded simulation again, in the browser: it needs JavaScript, and no network.</noscript>
<script type="application/json" id="${ELEMENT.content}">${inScript(JSON.stringify(content).replaceAll('<', String.raw`\u003c`))}</script>
<script type="text/plain" id="${ELEMENT.engine}">${inScript(engine)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function asset(name: string): string {
  const path = join(packageRoot, 'dist', 'page', name);
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build`);
  return readFileSync(path, 'utf8');
}

/**
 * No connection of any kind, nothing from elsewhere, no script but the page's own: not even a recording that somebody has crafted
 * can make the page tell anybody anything. The worker is made of a blob, which has the policy of its page.
 */
function policy(script: string): string {
  const hash = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; script-src 'sha256-${hash}'; worker-src blob:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}

/**
 * In a script element only its own end, and what looks like the beginning of a comment, mean
 * anything; in code both are within strings.
 */
function inScript(code: string): string {
  return code.replaceAll(/<\/(script)/gi, String.raw`<\/$1`).replaceAll('<!--', String.raw`<\!--`);
}

/** Three regions, one of them in the lead. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M8 4L3.5 12M8 4l4.5 8M3.5 12h9" stroke="#8a94a6" stroke-width="1.4"/><circle cx="8" cy="4" r="3" fill="#d6336c"/><circle cx="3.5" cy="12" r="2.6" fill="#3b7ddd"/><circle cx="12.5" cy="12" r="2.6" fill="#3b7ddd"/></svg>';

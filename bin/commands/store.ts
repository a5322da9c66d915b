/** `quorate store`: applies etcd's JSON requests to a fresh store, line by line, and prints what it answers. */
import { Option, type Command } from 'commander';
import { describeIssue } from '../../replay/read-recording.ts';
import { nearestName } from '../../scenarios/nearest.ts';
import type { StoreCompat } from '../../model/store/machine/profile.ts';
import { UsageError } from '../exit-status.ts';
import type { JsonObject } from '../store/json.ts';
import { readLines } from '../store/read-lines.ts';
import { parseLine, scriptMethods } from '../store/script.ts';
import { StoreSession, type Told } from '../store/session.ts';

interface Options {
  readonly compat: StoreCompat;
  readonly json?: true;
}

/** Those of one service; '' for those of none. */
function methodsOf(family: string): readonly string[] {
  return scriptMethods.filter((name) => (family === '' ? !name.includes('/') : name.startsWith(family)));
}

const DESCRIPTION = `
A script has one request per line, as etcd's v3 gateway takes it: keys and
values in base64, 64-bit integers in strings.

  {"method": "kv/put", "body": {"key": "YQ==", "value": "MQ=="}}
  {"method": "watch", "body": {"create_request": {"key": "YQ=="}}}
  {"method": "advance", "body": {"ms": 5000}}

Methods:
${['kv/', 'lease/', ''].map((family) => `  ${methodsOf(family).join(', ')}`).join('\n')}

Each request is answered on one line, as by the gateway; a line with a watch_id
is a response of that watch. All watch requests share one stream. advance lets
time pass. Unknown fields are ignored, as by the gateway, and named on stderr.`;

export function define(command: Command): void {
  command
    .argument('<script>', 'a file with one request per line; - for standard input')
    .addOption(
      new Option('--compat <version>', 'etcd version to behave like; 3.4 is tested against a real etcd')
        .choices(['3.4', '3.6'])
        .default('3.4'),
    )
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', DESCRIPTION)
    .action(store);
}

/** What one line of a script brought, for `--json`. */
interface Result {
  readonly line: number;
  readonly method: string;
  answer: JsonObject | null;
  readonly watch: { readonly watch_id: string; readonly response: JsonObject }[];
}

async function store(script: string, options: Options): Promise<void> {
  const results: Result[] = [];
  let at = '';
  const session = new StoreSession({
    compat: options.compat,
    unknownField: (field, known) => process.stderr.write(`quorate: ${at}: ${unknownField(field, known)}\n`),
  });
  try {
    let line = 0;
    for await (const { at: place, text } of readLines(script)) {
      at = place;
      line++;
      const request = parseLine(text, at);
      if (request === null) continue;
      const read = session.read(request);
      if (!read.ok) throw new UsageError(`${at}: ${describeIssue(read.error, ['body'])}`);
      const result: Result = { line, method: request.method, answer: null, watch: [] };
      results.push(result);
      for (const told of session.perform(read.errand)) tell(told, result, options.json !== true);
    }
  } finally {
    if (options.json) process.stdout.write(`${JSON.stringify({ compat: options.compat, results }, null, 2)}\n`);
  }
}

function tell(told: Told, result: Result, prints: boolean): void {
  if (told.type === 'answer') result.answer = told.json;
  else result.watch.push({ watch_id: told.watchId, response: told.json });
  if (prints)
    process.stdout.write(`${JSON.stringify(told.type === 'answer' ? told.json : { watch_id: told.watchId, ...told.json })}\n`);
}

function unknownField(field: string, known: readonly string[]): string {
  const nearest = nearestName(field, known);
  return `there is no field "${field}" here, and etcd ignores it${nearest === null ? '' : `; did you mean "${nearest}"?`}`;
}

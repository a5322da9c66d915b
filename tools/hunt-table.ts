// `npm run hunt-table`: measures for every defect how many seeds it takes until its property sees it, from several first seeds on,
// and writes scenarios/measured-hunts.json, which `quorate list defects` shows. It takes hours: with `--resume FILE` every answer is noted
// in that file, and those that it has already (of the same build, which is the caller's to know) are not asked for again.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { firstCaught } from '../scenarios/hunt.ts';
import { hunts, type MeasuredHunt } from '../scenarios/hunts.ts';

const FILE = new URL('../scenarios/measured-hunts.json', import.meta.url);
const FIRST_SEEDS = [1, 10_001, 20_001, 30_001, 40_001];

interface Task {
  readonly defect: string;
  readonly first: number;
  readonly cap: number;
}

interface Answer extends Task {
  /** Seeds tried until it was caught, or null. */
  readonly seeds: number | null;
}

if (isMainThread) await main();
else parentPort?.on('message', (task: Task) => parentPort?.postMessage(hunt(task)));

function hunt(task: Task): Answer {
  const chosen = hunts.find(({ defect }) => defect.id === task.defect);
  if (chosen === undefined) throw new RangeError(`no defect is called ${task.defect}`);
  const found = firstCaught(chosen, task.first, task.cap);
  return { ...task, seeds: found === null ? null : found - task.first + 1 };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv.slice(2),
    allowPositionals: true,
    options: { cap: { type: 'string', default: '2000' }, jobs: { type: 'string', default: String(availableParallelism()) }, resume: { type: 'string' } },
  });
  const cap = Number(values.cap);
  const wanted = hunts.filter(({ defect }) => positionals.length === 0 || positionals.includes(defect.id));
  const all = wanted.flatMap(({ defect }) => FIRST_SEEDS.map((first): Task => ({ defect: defect.id, first, cap })));
  const noted = values.resume === undefined ? [] : answersIn(values.resume);
  const tasks = all.filter((task) => !noted.some((answer) => isOf(answer, task)));
  const known = JSON.parse(readFileSync(FILE, 'utf8')) as { hunts: MeasuredHunt[] };
  let rows: readonly MeasuredHunt[] = [];
  const tell = (answers: readonly Answer[]): void => {
    rows = table([...noted.filter((answer) => answer.cap === cap), ...answers], known.hunts);
    // Each time: what was found is kept when the rest takes too long.
    writeFileSync(FILE, format({ firstSeeds: FIRST_SEEDS, cap, hunts: rows }));
    const newest = answers.at(-1);
    if (values.resume !== undefined && newest !== undefined) appendFileSync(values.resume, `${JSON.stringify(newest)}\n`);
  };
  tell([]);
  await share(tasks, Math.min(Number(values.jobs), tasks.length), tell);
  for (const { id, property, median: half } of rows) process.stdout.write(`${id.padEnd(36)} ${property.padEnd(32)} ${half ?? `not within ${cap}`}\n`);
}

function answersIn(file: string): readonly Answer[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Answer);
}

function isOf(answer: Task, { defect, first, cap }: Task): boolean {
  return answer.defect === defect && answer.first === first && answer.cap === cap;
}

/** A row for each defect whose hunts are over; one that was not measured this time keeps what is known of it. */
function table(answers: readonly Answer[], known: readonly MeasuredHunt[]): readonly MeasuredHunt[] {
  return hunts.flatMap(({ defect, scenario }): readonly MeasuredHunt[] => {
    const seeds = FIRST_SEEDS.flatMap((first) => answers.filter((answer) => answer.defect === defect.id && answer.first === first).map((answer) => answer.seeds));
    if (seeds.length < FIRST_SEEDS.length) return known.filter(({ id }) => id === defect.id);
    return [{ id: defect.id, property: defect.property, scenario: scenario.name, seeds, median: median(seeds) }];
  });
}

/** Each worker takes the next task when it is done with one. */
async function share(tasks: readonly Task[], jobs: number, tell: (answers: readonly Answer[]) => void): Promise<void> {
  const answers: Answer[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: jobs }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url));
    const go = (): void => {
      const task = tasks[next++];
      if (task === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(task);
    };
    worker.on('message', (answer: Answer) => {
      answers.push(answer);
      tell(answers);
      process.stderr.write(`${answers.length}/${tasks.length} ${answer.defect} from ${answer.first}: ${answer.seeds ?? 'not found'}\n`);
      go();
    });
    worker.on('error', reject);
    go();
  })));
}

function median(seeds: readonly (number | null)[]): number | null {
  const sorted = seeds.map((count) => count ?? Infinity).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] as number;
  return middle === Infinity ? null : middle;
}

/** A line for each defect. */
function format({ firstSeeds, cap, hunts: rows }: { firstSeeds: readonly number[]; cap: number; hunts: readonly MeasuredHunt[] }): string {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  return `{\n  "firstSeeds": ${JSON.stringify(firstSeeds)},\n  "cap": ${cap},\n  "hunts": [\n${lines}\n  ]\n}\n`;
}

/** Starts the built command as a user does. Tests need `npm run build` first, as `npm test` does. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ended {
  /** Exit status; -1 when a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What stderr says beside how far it has come, of which a slow machine says more. */
  readonly complaints: string;
}

export interface SpawnOptions {
  readonly cwd: string;
  /** Beside the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with stderr so far; may send a signal, which reaches the processes it has started as well, as a Ctrl-C does. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Asked now and then while it runs; once it says so the command is interrupted. */
  readonly interruptWhen?: () => boolean;
  /** The same; then it is killed, and has no time to do anything about it. */
  readonly killWhen?: () => boolean;
}

const LOOK_EVERY_MS = 50;

/** A line of progress: label, figures and note stand two blanks apart. */
const PROGRESS = /^.* {2}(?:\d+\/\d+ .*|\d+ s {2}.*)\n/gm;

/** The built command. */
export const BIN = fileURLToPath(new URL('../../dist/bin/quorate.js', import.meta.url));

export function quorate(args: readonly string[], options: SpawnOptions): Promise<Ended> {
  if (!existsSync(BIN)) throw new Error('dist/ is missing: npm run build');
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => void (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
    options.onStderr?.(stderr, (signal) => void process.kill(-(child.pid as number), signal));
  });
  const look = setInterval(() => {
    const signal = options.interruptWhen?.() === true ? 'SIGINT' : options.killWhen?.() === true ? 'SIGKILL' : null;
    if (signal === null) return;
    clearInterval(look);
    process.kill(-(child.pid as number), signal);
  }, LOOK_EVERY_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => clearInterval(look));
    child.on('close', (code) => resolve({ status: code ?? -1, stdout, stderr, complaints: stderr.replaceAll(PROGRESS, '') }));
  });
}

/** A folder of a test's own, and the command run in it. */
export class Workplace {
  readonly path = mkdtempSync(join(tmpdir(), 'quorate-'));

  quorate(...args: string[]): Promise<Ended> {
    return quorate(args, { cwd: this.path });
  }

  /** The one JSON document that the command writes. */
  async json(...args: string[]): Promise<Ended & { readonly json: Record<string, unknown> }> {
    const ended = await this.quorate(...args, '--json');
    if (ended.stdout === '')
      throw new Error(`quorate ${args.join(' ')} ended with ${ended.status} and said nothing but: ${ended.stderr}`);
    return { ...ended, json: JSON.parse(ended.stdout) as Record<string, unknown> };
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.path, name), text);
    return name;
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface GossipOptions {
  /** A rumour larger than this violates the property. */
  readonly limit?: number;
  /** Stands in the body of what a process does with a rumour. */
  readonly onRumour?: string;
  /** Stands at the top of the module. */
  readonly atTop?: string;
  readonly extra?: string;
}

/** The text of a small scenario of a user's own, in TypeScript. */
export function gossipModule({ limit = 1_000_000, onRumour = '', atTop = '', extra = '' }: GossipOptions = {}): string {
  return `import { defineScenario } from 'quorate';
import { kind, ms, seconds, type Property } from 'quorate/sim';

${atTop}
const rumour = kind<number>('my/rumour', { describe: (heard) => \`rumour \${heard}\` });
const tick = kind<null>('my/tick');
const names = ['a', 'b'] as const;

const small: Property = {
  id: 'my/small',
  kind: 'always',
  title: 'no rumour is large',
  monitor: (report) => ({
    stepped(event) {
      if (event.kind === rumour && (event.body as number) > ${limit}) report.violated(\`rumour \${event.body as number}\`);
    },
  }),
};

export default defineScenario({
  name: 'gossip',
  title: 'two processes tell each other numbers',
  healAtUs: seconds(1),
  endUs: seconds(2),
  faults: (draw) => [{ at: ms(draw.stream('faults').between(100, 900)), do: 'pause', target: 'b', for: ms(40) }],
  onlyTheseProperties: true,
  properties: [small],
  build(world) {
    for (const [i, name] of names.entries()) {
      world.process({
        name,
        region: 'east',
        boot(os) {
          let heard = 0;
          const tell = (): void => {
            os.send(names[1 - i] as string, rumour, heard + 1);
            os.after(ms(5), tick, tell);
          };
          return {
            start: tell,
            receive(_from, _kind, body) {
              heard = Math.max(heard, body as number);
              ${onRumour}
            },
            inspect: () => ({ heard }),
          };
        },
      });
    }
  },
  ${extra}
});
`;
}

/** A real etcd of one member, on loopback, with a data folder of its own: started, waited for, ended and swept up. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** etcd cannot be used here; the message is one line that says what to do. */
export class EtcdMissing extends Error {
  override name = 'EtcdMissing';
}

export interface EtcdOptions {
  /** The program; found on the PATH when absent. */
  readonly program?: string;
  /** Arguments beside those that say where it listens and keeps its data. */
  readonly args?: readonly string[];
  /** Where its data folder is made; a folder in memory when absent and there is room. */
  readonly parent?: string;
}

const START_MS = 30_000;
/** etcd reserves 64 MB for a segment of its write-ahead log, twice. */
const ROOM_BYTES = 512 * 1024 * 1024;

/** Those that run now, so that the end of this process, whatever brings it, is theirs as well. */
const running = new Set<EtcdProcess>();
process.once('exit', () => {
  for (const etcd of running) etcd.kill();
});

/** The version, such as `3.4.23`. Throws {@link EtcdMissing}. */
export function etcdVersion(program = 'etcd'): string {
  const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) {
    throw new EtcdMissing(
      `${program} cannot be started; Debian's package is etcd-server (apt-get install etcd-server), or name the program with --etcd PATH`,
    );
  }
  const version = /etcd Version: (\S+)/.exec(stdout)?.[1];
  if (version === undefined) throw new EtcdMissing(`${program} --version does not answer like etcd`);
  return version;
}

export class EtcdProcess {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private errors = '';

  private constructor(options: EtcdOptions, folder: string, [port, peerPort]: readonly [number, number]) {
    this.port = port;
    this.folder = folder;
    const peer = `http://127.0.0.1:${peerPort}`;
    const client = `http://127.0.0.1:${port}`;
    const { program = 'etcd', args = [] } = options;
    this.child = spawn(
      program,
      [
        '--name',
        'conformance',
        '--data-dir',
        join(folder, 'data'),
        '--listen-client-urls',
        client,
        '--advertise-client-urls',
        client,
        '--listen-peer-urls',
        peer,
        '--initial-advertise-peer-urls',
        peer,
        '--initial-cluster',
        `conformance=${peer}`,
        '--log-level',
        'error',
        '--logger',
        'zap',
        '--log-outputs',
        'stderr',
        ...args,
      ],
      // Of a group of its own: a Ctrl-C is ours to answer, so that what was found is told first.
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch } },
    );
    this.pid = this.child.pid ?? 0;
    this.child.stderr?.on('data', (text: Buffer) => void (this.errors = `${this.errors}${text.toString()}`.slice(-2_000)));
    this.ended = new Promise((resolve) => {
      this.child.once('error', () => resolve());
      this.child.once('exit', () => resolve());
    });
    running.add(this);
  }

  /** Starts one and waits until it serves. Throws when it does not. */
  static async start(options: EtcdOptions = {}): Promise<EtcdProcess> {
    for (let attempt = 1; ; attempt++) {
      const etcd = new EtcdProcess(
        options,
        mkdtempSync(join(options.parent ?? fastFolder(), 'quorate-etcd-')),
        await freePorts(),
      );
      if (await etcd.serves()) return etcd;
      await etcd.stop();
      // Somebody may have taken a port in between.
      if (attempt === 3)
        throw new Error(`etcd did not begin to serve: ${etcd.errors.trim().split('\n').at(-1) ?? 'it says nothing'}`);
    }
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    this.kill();
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The same at once, for when nothing can be waited for. */
  kill(): void {
    if (!running.delete(this)) return;
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async serves(): Promise<boolean> {
    const end = Date.now() + START_MS;
    while (Date.now() < end && this.isRunning && this.pid !== 0) {
      try {
        const health = await fetch(`http://127.0.0.1:${this.port}/health`);
        if ((await health.text()).includes('true')) return true;
      } catch {
        // Not listening yet.
      }
      await sleep(20);
    }
    return false;
  }
}

/** A folder in memory where there is one with room: what a disk costs is no matter of conformance. */
function fastFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize >= ROOM_BYTES) return '/dev/shm';
  } catch {
    // Not every system has one.
  }
  return tmpdir();
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = await Promise.all([listen(), listen()]);
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => promisify(server.close.bind(server))()));
  return [ports[0] as number, ports[1] as number];
}

async function listen(): Promise<ReturnType<typeof createServer>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

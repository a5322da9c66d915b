/**
 * Golden scripts, after the testdata of etcd-io/raft: a command, a line `----`, and what it printed, command after command. Lines
 * that begin with # are for the reader. Running a script gives it back with the output as it is now.
 */

import { noEntries } from '../core/entry.ts';
import { describeChange, type Transition } from '../core/conf-change.ts';
import { describeConfiguration } from '../core/configuration.ts';
import { MessageType, type Message } from '../core/message.ts';
import type { Raft } from '../core/raft.ts';
import { kindOf } from '../host/transport.ts';
import { TestGroup, type GroupOptions, type MessageFilter } from './group.ts';

/** A long conversation is cut here: a group that never settles is a mistake in the script. */
const MOST_DELIVERIES = 2_000;

const SEPARATOR = '----';

/** Throws where a command is not understood, or a safety property breaks. */
export function runScript(text: string): string {
  const player = new Player();
  const blocks: string[] = [];
  for (const block of text.split('\n\n')) {
    const lines = block.split('\n').filter((line) => line !== '');
    const end = lines.indexOf(SEPARATOR);
    const head = end === -1 ? lines : lines.slice(0, end);
    const command = head.filter((line) => !line.startsWith('#'));
    if (head.length === 0) continue;
    if (command.length === 0) blocks.push(head.join('\n'));
    else blocks.push([...head, SEPARATOR, ...player.run(command)].join('\n'));
  }
  return `${blocks.join('\n\n')}\n`;
}

interface Looks {
  readonly role: string;
  readonly term: number;
  readonly leader: number;
  readonly commit: number;
  readonly log: string;
  readonly configuration: string;
}

class Player {
  private group = new TestGroup();
  private looks: (Looks | null)[] = [];
  private seen: readonly Message[] = [];
  private output: string[] = [];

  run(lines: readonly string[]): readonly string[] {
    this.output = [];
    const [name = '', ...words] = lines[0]!.split(' ');
    const options = new Map(words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]));
    const plain = words.filter((word) => !word.includes('='));
    this.command(name, plain, options, lines.slice(1));
    return this.output.length === 0 ? ['ok'] : this.output;
  }

  private command(name: string, words: readonly string[], options: ReadonlyMap<string, string>, more: readonly string[]): void {
    const id = Number(words[0]);
    const { group } = this;
    switch (name) {
      case 'group':
        this.begin(options, words, more);
        return;
      case 'campaign':
        this.look(() =>
          group.on(id, (raft) => {
            raft.campaign();
          }),
        );
        return;
      case 'tick':
        this.look(() => {
          group.tick(id, Number(options.get('times') ?? 1));
        });
        return;
      case 'propose':
        this.look(() => this.propose(id, Number(options.get('times') ?? 1)));
        return;
      case 'change':
        this.look(() => this.change(id, words.slice(1).join(' '), options.get('transition') as Transition | undefined));
        return;
      case 'transfer':
        this.look(() => this.transfer(id, Number(options.get('to'))));
        return;
      case 'resign':
        this.look(() =>
          group.on(id, (raft) => {
            raft.resign();
          }),
        );
        return;
      case 'read':
        this.look(() => {
          group.read(id);
        });
        return;
      case 'compact':
        this.look(() => {
          group.compact(id, Number(options.get('keep') ?? 0));
        });
        return;
      case 'crash':
        group.crash(id);
        this.say(`${id} is down`);
        this.looks[id] = null;
        return;
      case 'start':
        this.look(() => {
          group.start(id);
        });
        return;
      case 'deliver':
        this.deliver(filterOf(options));
        return;
      case 'drop':
        for (const message of group.take(filterOf(options))) this.say(`lost: ${sentence(message)}`);
        return;
      case 'settle':
        this.settle(options);
        return;
      case 'quiet':
        this.quiet(options);
        return;
      case 'rounds':
        this.rounds(Number(words[0]), options);
        return;
      case 'status':
        for (const each of group.ids) this.say(`${each}: ${status(group, each)}`);
        return;
      default:
        throw new Error(`a golden script has no command "${name}"`);
    }
  }

  private begin(options: ReadonlyMap<string, string>, words: readonly string[], logs: readonly string[]): void {
    const group: GroupOptions = {
      members: Number(options.get('members') ?? 3),
      spares: Number(options.get('spares') ?? 0),
      seed: Number(options.get('seed') ?? 1),
      maxAppendBytes: Number(options.get('append-bytes') ?? 1_000),
      preVote: words.includes('pre-vote'),
      checkQuorum: words.includes('check-quorum'),
      ...(logs.length > 0 && {
        logs: logs.map((line) =>
          line
            .slice(line.indexOf(':') + 1)
            .trim()
            .split(' ')
            .filter((word) => word !== '')
            .map(Number),
        ),
      }),
    };
    this.group = new TestGroup(group);
    this.looks = [];
    for (const id of this.group.ids) this.say(`${id}: ${status(this.group, id)}`);
    this.remember();
  }

  private propose(id: number, times: number): void {
    for (let at = 0; at < times; at++) if (this.group.propose(id) === null) this.say(`${id} takes no proposal`);
  }

  private change(id: number, changes: string, transition: Transition = 'auto'): void {
    const answer = this.group.change(id, changes, transition);
    if (typeof answer === 'string') this.say(`${id} refuses: ${answer}`);
  }

  private transfer(id: number, to: number): void {
    if (!this.group.on(id, (raft) => raft.transferLeadership(to))) this.say(`${id} knows no leader`);
  }

  private deliver(filter: MessageFilter): void {
    for (const message of this.group.take(filter)) this.hand(message);
  }

  /** Delivers everything until nothing is under way; what goes to or comes from others than `among` is lost. */
  private settle(options: ReadonlyMap<string, string>): void {
    const among = options.get('among')?.split(',').map(Number) ?? this.group.ids;
    for (let count = 0; this.group.network.length > 0; count++) {
      if (count > MOST_DELIVERIES) throw new Error('the group does not settle');
      const message = this.group.network.shift()!;
      if (among.includes(message.from) && among.includes(message.to)) this.hand(message);
      else this.say(`lost: ${sentence(message)}`);
    }
  }

  /** As `settle`, printing only what becomes of the members. */
  private quiet(options: ReadonlyMap<string, string>): void {
    this.settle(options);
    this.output = this.output.filter(isOfMember);
  }

  /** So many times everybody ticks and what `among` say to each other arrives; prints what becomes of the members. */
  private rounds(count: number, options: ReadonlyMap<string, string>): void {
    const { group } = this;
    for (let at = 0; at < count; at++) {
      this.look(() => {
        for (const id of group.ids) if (group.isUp(id)) group.tick(id);
      });
      this.settle(options);
    }
    this.output = this.output.filter(isOfMember);
  }

  private hand(message: Message): void {
    if (!this.group.isUp(message.to)) {
      this.say(`lost, for ${message.to} is down: ${sentence(message)}`);
      return;
    }
    this.say(sentence(message));
    this.remember();
    this.look(() => {
      this.group.deliver(message);
    });
  }

  /** Prints how the members have changed and what they have said since. */
  private look(action: () => void): void {
    this.seen = [...this.group.network];
    action();
    for (const id of this.group.ids) {
      const before = this.looks[id];
      const now = this.group.isUp(id) ? looksOf(this.group.raft(id)) : null;
      this.looks[id] = now;
      if (now !== null) for (const line of differences(before ?? null, now)) this.say(`  ${id} ${line}`);
    }
    for (const message of this.group.network) if (!this.seen.includes(message)) this.say(`    says ${sentence(message)}`);
  }

  private remember(): void {
    for (const id of this.group.ids) this.looks[id] = this.group.isUp(id) ? looksOf(this.group.raft(id)) : null;
  }

  private say(line: string): void {
    this.output.push(line);
  }
}

/** And not of a message. */
function isOfMember(line: string): boolean {
  return /^ {2}\d/.test(line);
}

function filterOf(options: ReadonlyMap<string, string>): MessageFilter {
  const filter: { type?: MessageType; from?: number; to?: number } = {};
  const type = options.get('type');
  if (type !== undefined) filter.type = MessageType[type as keyof typeof MessageType];
  if (options.has('from')) filter.from = Number(options.get('from'));
  if (options.has('to')) filter.to = Number(options.get('to'));
  return filter;
}

function sentence(message: Message): string {
  return `${message.from} → ${message.to}: ${kindOf(message).describe(message)}`;
}

function looksOf(raft: Raft): Looks {
  return {
    role: raft.role,
    term: raft.term,
    leader: raft.leader,
    commit: raft.commit,
    log: logOf(raft),
    configuration: describeConfiguration(raft.configuration),
  };
}

function differences(before: Looks | null, now: Looks): string[] {
  const lines: string[] = [];
  if (before === null) return [`starts as ${now.role} of term ${now.term}, log ${now.log}`];
  if (before.role !== now.role || before.term !== now.term || (before.leader !== now.leader && now.role === 'follower')) {
    const of = now.role !== 'follower' ? '' : now.leader === 0 ? ' of nobody known' : ` of ${now.leader}`;
    lines.push(`is ${now.role}${of} in term ${now.term}`);
  }
  if (before.log !== now.log) lines.push(`log ${now.log}`);
  if (before.commit !== now.commit) lines.push(`commits up to ${now.commit}`);
  if (before.configuration !== now.configuration) lines.push(`counts by ${now.configuration}`);
  return lines;
}

/** The term of each entry; a compacted prefix as `…index`, a change of membership by its words. */
function logOf(raft: Raft): string {
  const entries = Array.from(
    { length: raft.lastIndex - raft.firstIndex + 1 },
    (_, at) => raft.entryAt(raft.firstIndex + at) ?? noEntries[0]!,
  );
  const words = entries.map(({ term, change }) => (change === null ? String(term) : `${term}(${describeChange(change)})`));
  return `[${[...(raft.firstIndex > 1 ? [`…${raft.firstIndex - 1}`] : []), ...words].join(' ')}]`;
}

function status(group: TestGroup, id: number): string {
  if (!group.isUp(id)) return 'down';
  const raft = group.raft(id);
  const progress = raft
    .inspect()
    .progress.map(({ member, state, match, next }) => `${member} ${state} match ${match} next ${next}`)
    .join(', ');
  return `${raft.role} of term ${raft.term}, log ${logOf(raft)}, commit ${raft.commit}, ${describeConfiguration(raft.configuration)}${progress === '' ? '' : `; ${progress}`}`;
}

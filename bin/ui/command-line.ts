/** The commands that are typed after `:`. */
import { formatTime } from '../../sim/index.ts';
import { tidyTimes } from './duration.ts';
import type { Model } from './model.ts';

export type Command =
  | { readonly do: 'go'; readonly event: number }
  | { readonly do: 'pin'; readonly process: number | null }
  | { readonly do: 'quit' }
  | { readonly do: 'complain'; readonly message: string };

/** Reads `e 431`, `t 12s`, `node n2`, `q`, or a bare number. */
export function parseCommand(text: string, model: Model): Command {
  const [name = '', argument = '', ...rest] = text.trim().split(/\s+/);
  if (rest.length > 0) return complain(`too many words after ":${name} ${argument}"`);
  if (/^\d+$/.test(name)) return goToEvent(name, model);
  switch (name) {
    case 'e':
    case 'event':
      return goToEvent(argument, model);
    case 't':
    case 'time':
      return goToTime(argument, model);
    case 'node':
    case 'process':
      return pin(argument, model);
    case 'q':
    case 'quit':
      return { do: 'quit' };
    default:
      return complain(`there is no command ":${name}": try :e 431, :t 12s, :node ${model.survey.processes[0]?.name ?? 'n1'}, :q`);
  }
}

function goToEvent(argument: string, model: Model): Command {
  if (!/^\d+$/.test(argument)) return complain(':e wants the number of an event, such as :e 431');
  const event = Number(argument);
  const { end, trace } = model.survey;
  if (end !== null && event > trace.length) return complain(`the run has only ${trace.length} events`);
  return { do: 'go', event };
}

const UNIT_US: Readonly<Record<string, number>> = { '': 1_000_000, s: 1_000_000, ms: 1_000, us: 1 };

function goToTime(argument: string, model: Model): Command {
  const parts = /^(\d+(?:\.\d+)?)(s|ms|us|)$/.exec(argument);
  if (parts === null) return complain(':t wants a time, such as :t 12s or :t 350ms');
  const timeUs = Number(parts[1]) * (UNIT_US[parts[2] as string] as number);
  const { survey } = model;
  if (timeUs > survey.nowUs)
    return complain(
      survey.end === null ? 'the run has not come so far yet' : `the run ends at ${tidyTimes(formatTime(survey.nowUs))}`,
    );
  return { do: 'go', event: survey.trace.lastAt(timeUs) };
}

function pin(name: string, model: Model): Command {
  if (name === '') return { do: 'pin', process: null };
  const { processes } = model.survey;
  const exact = processes.findIndex((process) => process.name === name);
  if (exact >= 0) return { do: 'pin', process: exact };
  const starting = processes.flatMap((process, at) => (process.name.startsWith(name) ? [at] : []));
  if (starting.length === 1) return { do: 'pin', process: starting[0] as number };
  return complain(starting.length === 0 ? `no process is called "${name}"` : `"${name}" could be ${starting.length} processes`);
}

function complain(message: string): Command {
  return { do: 'complain', message };
}

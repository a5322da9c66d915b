/** The stack of an error that a user's own code met, without the frames that are not theirs. */
import { isOwnModule } from '../package-info.ts';

/** Takes the frames of Quorate and of Node away: they say nothing about the user's code. */
export function usersTrace(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !FRAME.test(line) || isUsers(line))
    .join('\n');
}

const FRAME = /^\s+at /;

function isUsers(frame: string): boolean {
  const url = /(file:.*?):\d+:\d+\)?$/.exec(frame)?.[1];
  return url !== undefined && !isOwnModule(url);
}

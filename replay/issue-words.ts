/** What is wrong with a value, in the words of somebody who has never seen a schema. */
import type { z } from 'zod';

/** What the value should be. */
export function issueInWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // JSON and YAML have numbers that are too large to be any.
      if ('received' in issue && issue.received === 'Infinity') return 'should be a finite number';
      return issue.message.startsWith('Invalid') ? `should be ${TYPES[issue.expected] ?? issue.expected}` : issue.message;
    case 'invalid_value':
      return issue.message.startsWith('Invalid') ? `should be ${issue.values.map(String).join(' or ')}` : issue.message;
    case 'too_small':
      return issue.message.startsWith('Too small')
        ? `should be ${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`
        : issue.message;
    case 'too_big':
      return issue.message.startsWith('Too big')
        ? `should be ${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}`
        : issue.message;
    default:
      return issue.message.replace(/\s+/g, ' ');
  }
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map of fields with their values',
  record: 'a map of fields with their values',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

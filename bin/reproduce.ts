/** Command lines that reproduce a run, ready to be pasted into a shell. */

export interface Reproduction {
  /** As the user wrote it. */
  readonly scenario: string;
  readonly seed: number;
  readonly defects: readonly string[];
  /** Platform and faults as a swarm draws them. */
  readonly swarm?: boolean;
  readonly design?: string | undefined;
  readonly until?: string | undefined;
}

/** `npx quorate run …` */
export function reproduceRun({ scenario, seed, defects, swarm, design, until }: Reproduction): string {
  const words = ['run', scenario, '--seed', String(seed)];
  if (swarm === true) words.push('--swarm');
  for (const defect of defects) words.push('--defect', defect);
  if (design !== undefined) words.push('--design', design);
  if (until !== undefined) words.push('--until', until);
  return shellLine(words);
}

/** `npx quorate replay …` */
export function reproduceRecording(path: string): string {
  return shellLine(['replay', path]);
}

/** `npx quorate …`, each word quoted where it must be. */
export function shellLine(words: readonly string[]): string {
  return ['npx', 'quorate', ...words].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

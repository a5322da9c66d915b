/** Text that has to fit into so many characters. */

/** With a sign at its end that something is missing there. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}

/** As lines, broken at spaces; a word that is longer than a line is cut. */
export function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? shortened(word, most) : `${line} ${word}`;
  }
  return [...lines, line];
}

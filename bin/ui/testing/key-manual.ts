/** The manual page of the keys, made from the tables that the program works with. */
import { keymap, showKey, type KeyBinding } from '../keymap.ts';
import { legend } from '../legend.ts';

/** Markdown. */
export function keyManual(): string {
  const groups = [...new Set(keymap.map(({ group }) => group))];
  const sections = groups.map((group) =>
    section(
      group,
      keymap.filter((binding) => binding.group === group),
    ),
  );
  const glyphs = legend.map(
    ({ title, signs }) =>
      `### ${title}\n\n| glyph | means |\n|---|---|\n${signs.map(([glyph, means]) => `| \`${glyph}\` | ${means} |`).join('\n')}\n`,
  );
  return `# Keys of \`quorate step\`\n\nA number before a key marked * repeats it: \`20l\`.\n\n${sections.join('\n')}\n## Glyphs\n\n${glyphs.join('\n')}`;
}

function section(group: string, bindings: readonly KeyBinding[]): string {
  const rows = bindings.map(
    ({ keys, help, counts }) => `| ${keys.map((key) => `\`${showKey(key)}\``).join(' ')}${counts ? ' *' : ''} | ${help} |`,
  );
  return `## ${group}\n\n| key | does |\n|---|---|\n${rows.join('\n')}\n`;
}

/** Text inside XML, SVG and HTML, between tags and in attributes. */

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

/** XML takes no control characters but tab and line ends, however they are written: in their place stands a question mark. */
export function xmlEscaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?')
    .replace(/[<>&"]/g, (sign) => ENTITIES[sign] as string);
}

/** A frame as an ink element: one `Text` for each row, one for each span in it. */
import { Box, Text } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { Line, Span } from './line.ts';

export function FrameView({ lines }: { readonly lines: readonly Line[] }): ReactElement {
  return createElement(Box, { flexDirection: 'column' }, ...lines.map((spans, row) => createElement(Row, { key: row, spans })));
}

function Row({ spans }: { readonly spans: Line }): ReactElement {
  return createElement(
    Text,
    { wrap: 'truncate' },
    ...spans.map((part, at) => createElement(Text, { key: at, ...attributes(part) }, part.text)),
  );
}

function attributes({ colour, bold = false, dim = false, inverse = false }: Span): object {
  return { bold, dimColor: dim, inverse, ...(colour === undefined ? {} : { color: colour }) };
}

/** The bottom of the page: how to see the same elsewhere, and the keys. */
import { formatRecording } from '../../../replay/recording.ts';
import type { PageContent } from '../../export/page-content.ts';
import { shellLine } from '../../reproduce.ts';
import { button, html } from './dom.ts';
import { bindings, keyNames } from './keys.ts';

export function foot({ recording, fileName, engine }: PageContent): HTMLElement {
  const command = shellLine(['replay', fileName]);
  const copied = html('span', { class: 'copied', role: 'status' });
  const copy = button('copy', 'copy the command', () => {
    void navigator.clipboard.writeText(command).then(
      () => copied.replaceChildren('copied'),
      () => copied.replaceChildren('select the command to copy it'),
    );
  });
  const save = button('save the recording', `writes ${fileName}`, () => {
    const link = html('a', {
      href: URL.createObjectURL(new Blob([formatRecording(recording)], { type: 'application/json' })),
      download: fileName,
    });
    link.click();
    URL.revokeObjectURL(link.href);
  });
  return html(
    'footer',
    {},
    html('span', { class: 'label' }, 'reproduce with'),
    html('code', { id: 'repro' }, command),
    copy,
    copied,
    save,
    html('span', { class: 'spring' }),
    html('span', { class: 'label' }, `executed in this browser by Quorate ${engine.quorate}, without any network`),
  );
}

/** The help: all keys. */
export function help(): HTMLDialogElement {
  const rows = bindings.flatMap((binding) => [html('dt', {}, keyNames(binding)), html('dd', {}, binding.words)]);
  const dialog = html(
    'dialog',
    { 'aria-label': 'keys' },
    html('h2', {}, 'Keys'),
    html('dl', {}, ...rows, html('dt', {}, '1 … 6'), html('dd', {}, 'choose a pane')),
    button('close', 'Escape closes as well', () => dialog.close()),
  );
  return dialog;
}

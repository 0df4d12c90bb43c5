import type { DialogsDialogSummary } from '~/api';
import type { Translate } from '~/i18n';

const KINDS = new Set([
  'photo',
  'document',
  'voice',
  'sticker',
  'graffiti',
  'gift',
  'video',
  'audio',
  'link',
  'post',
  'comment',
  'product',
  'poll',
  'story',
  'article',
  'call',
  'location',
  'forwarded',
]);

/** Who wrote the last message, if not the person: the reader, a colleague, or somebody in the messenger itself. */
export function whoWrote(t: Translate, { last_message: last }: DialogsDialogSummary, me: string): string {
  if (!last || last.author === 'customer') return '';
  if (last.author === 'staff') return t('from_messenger');
  return last.author_id === me ? t('me') : (last.author_name ?? t('somebody'));
}

/** The last message in one line: its words, or what it holds besides words. */
export function lastLine(t: Translate, { last_message: last }: DialogsDialogSummary): string {
  if (!last) return t('no_messages');
  if (last.deleted_at) return t('deleted');
  const kinds = last.kinds.map((kind) => t(KINDS.has(kind) ? `kind_${kind}` : 'kind_unsupported'));
  return [kinds.join(', '), last.text.replaceAll(/\s+/g, ' ').trim()].filter(Boolean).join(' · ') || '…';
}

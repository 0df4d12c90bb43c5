import type { DialogsMessageOut } from '~/api';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';

/** Give a function that names who wrote a message: the person, the reader, a colleague, somebody in VK. */
export function useMessageAuthor(contactName: string): (message: DialogsMessageOut) => string {
  const t = useTexts('thread');
  const { operator } = useIdentity();
  return ({ author }) => {
    if (author.kind === 'customer') return contactName;
    if (author.kind === 'staff') return author.name ? t('from_vk', { admin: author.name }) : t('automatic');
    if (author.id === operator.id) return t('you');
    return author.name ?? t('colleague');
  };
}

import { Menu } from '@mantine/core';
import {
  IconArrowBackUp,
  IconCopy,
  IconCornerUpLeft,
  IconHistory,
  IconPencil,
  IconTrash,
  IconX,
} from '@tabler/icons-react';

import type { DialogsMessageOut } from '~/api';
import { useTexts } from '~/i18n';

import type { MessageActions } from './use-message-actions';

interface Props {
  message: DialogsMessageOut;
  actions: MessageActions;
  canReply: boolean;
}

/** The items of a message's menu: those that make sense for it. */
export function MessageMenuItems({ message, actions, canReply }: Props) {
  const t = useTexts('thread');
  const isOurs = message.author.kind === 'operator';
  const isThere = message.deleted_at === null && message.conversation_message_id !== null;
  const isChangeable = isOurs && isThere && (message.state === 'sent' || message.state === 'read');
  const quotedId = message.content.quoted?.message_id;
  const icon = { size: 16, 'aria-hidden': true } as const;
  return (
    <>
      {message.text && (
        <Menu.Item leftSection={<IconCopy {...icon} />} onClick={() => actions.copy(message)}>
          {t('menu.copy')}
        </Menu.Item>
      )}
      {isThere && canReply && (
        <Menu.Item leftSection={<IconArrowBackUp {...icon} />} onClick={() => actions.quote(message)}>
          {t('menu.quote')}
        </Menu.Item>
      )}
      {quotedId && (
        <Menu.Item leftSection={<IconCornerUpLeft {...icon} />} onClick={() => actions.jump(quotedId)}>
          {t('menu.to_quoted')}
        </Menu.Item>
      )}
      {message.edits > 0 && (
        <Menu.Item leftSection={<IconHistory {...icon} />} onClick={() => actions.showVersions(message)}>
          {t('menu.versions')}
        </Menu.Item>
      )}
      {isOurs && message.state === 'queued' && !message.cancel_wanted_at && (
        <Menu.Item leftSection={<IconX {...icon} />} onClick={() => actions.cancel(message)}>
          {t('menu.cancel')}
        </Menu.Item>
      )}
      {isChangeable && (
        <>
          <Menu.Item leftSection={<IconPencil {...icon} />} onClick={() => actions.edit(message)}>
            {t('menu.edit')}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash {...icon} />}
            onClick={() => actions.remove(message)}
          >
            {t('menu.delete')}
          </Menu.Item>
        </>
      )}
    </>
  );
}

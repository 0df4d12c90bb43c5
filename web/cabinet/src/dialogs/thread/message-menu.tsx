import { ActionIcon } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { lazy } from 'react';

import type { DialogsMessageOut } from '~/api';
import { useTexts } from '~/i18n';
import { LazyMenu } from '~/ui/lazy-menu';

import classes from './message.module.css';
import type { MessageActions } from './use-message-actions';

const Items = lazy(() =>
  import('./message-menu-items').then((module) => ({ default: module.MessageMenuItems })),
);

interface Props {
  message: DialogsMessageOut;
  actions: MessageActions;
  canReply: boolean;
}

/** What one can do with a message. */
export function MessageMenu(props: Props) {
  const t = useTexts('thread');
  return (
    <LazyMenu
      position={props.message.author.kind === 'customer' ? 'bottom-start' : 'bottom-end'}
      button={(opening) => (
        <ActionIcon
          className={classes.menu}
          variant="subtle"
          color="gray"
          size={28}
          aria-label={t('menu.title')}
          {...opening}
        >
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      )}
    >
      <Items {...props} />
    </LazyMenu>
  );
}

import { ActionIcon, Button, Menu } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconCheck,
  IconDots,
  IconHandGrab,
  IconRefresh,
  IconStar,
  IconStarFilled,
} from '@tabler/icons-react';
import { useState } from 'react';

import type { DialogsDialogOut } from '~/api';
import { PHONE } from '~/app/theme';
import { addTexts, useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import '~/ui/styles';

import { CloseModal } from './close-modal';
import { useHotkey } from './hotkeys';
import { type Action, actionsOf, isUnanswered } from './rules';
import { texts } from './texts';
import { TransferModal } from './transfer-modal';
import { useDialogWork } from './use-dialog-work';

addTexts('actions', texts);

const ICONS = {
  take: IconHandGrab,
  take_over: IconHandGrab,
  transfer: IconArrowForwardUp,
  return: IconArrowBackUp,
  close: IconCheck,
  reopen: IconRefresh,
};
const KEYS: Record<Action, string> = {
  take: 'T',
  take_over: 'T',
  transfer: 'P',
  return: 'R',
  close: 'C',
  reopen: 'R',
};

/** What can be done with the open dialog: take, hand over, give back, close, mark as important. */
export function DialogActions({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('actions');
  const { operator } = useIdentity();
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false }) ?? false;
  const [asked, setAsked] = useState<'close' | 'transfer' | null>(null);
  const work = useDialogWork(dialog, () => setAsked(null));
  const actions = actionsOf(dialog, operator.id);
  const act = (action: Action) => {
    if (work.isPending) return;
    if (action === 'transfer') setAsked('transfer');
    else if (action === 'close' && isUnanswered(dialog)) setAsked('close');
    else work.mutate(action);
  };
  const toggleImportant = () => work.mutate(dialog.important ? 'ordinary' : 'important');
  const key = (letter: string) => actions.find((action) => KEYS[action] === letter);
  const keyed = (letter: string) => {
    const action = key(letter);
    return action ? () => act(action) : null;
  };
  useHotkey('KeyT', keyed('T'));
  useHotkey('KeyP', keyed('P'));
  useHotkey('KeyR', keyed('R'));
  useHotkey('KeyC', keyed('C'));
  useHotkey('KeyI', toggleImportant);
  const inSight: Action[] = isPhone ? [] : actions.slice(0, 2).filter((action) => action !== 'transfer');
  const inMenu = actions.filter((action) => !inSight.includes(action));
  const Star = dialog.important ? IconStarFilled : IconStar;
  return (
    <>
      {inSight.map((action, index) => (
        <Button
          key={action}
          size="xs"
          variant={index === 0 && action !== 'close' ? 'filled' : 'default'}
          loading={work.isPending && work.variables === action}
          onClick={() => act(action)}
          title={`Alt+${KEYS[action]}`}
        >
          {t(action)}
        </Button>
      ))}
      <ActionIcon
        variant="subtle"
        color={dialog.important ? 'yellow' : 'gray'}
        size={isPhone ? 44 : 'lg'}
        aria-pressed={dialog.important}
        aria-label={t('important')}
        title={`${t('important')} · Alt+I`}
        onClick={toggleImportant}
      >
        <Star size={20} aria-hidden />
      </ActionIcon>
      {inMenu.length > 0 && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={isPhone ? 44 : 'lg'} aria-label={t('more')}>
              <IconDots size={20} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {inMenu.map((action) => {
              const Icon = ICONS[action];
              return (
                <Menu.Item
                  key={action}
                  leftSection={<Icon size={16} aria-hidden />}
                  rightSection={!isPhone && <kbd>{`Alt+${KEYS[action]}`}</kbd>}
                  onClick={() => act(action)}
                >
                  {t(action)}
                </Menu.Item>
              );
            })}
          </Menu.Dropdown>
        </Menu>
      )}
      {asked === 'close' && (
        <CloseModal
          dialog={dialog}
          isPending={work.isPending}
          onClose={() => work.mutate('close')}
          onBack={() => setAsked(null)}
        />
      )}
      {asked === 'transfer' && (
        <TransferModal
          dialog={dialog}
          isPending={work.isPending}
          onChoose={(to) => work.mutate({ to })}
          onBack={() => setAsked(null)}
        />
      )}
    </>
  );
}

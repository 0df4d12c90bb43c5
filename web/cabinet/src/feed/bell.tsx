import { ActionIcon } from '@mantine/core';
import { IconBell, IconBellOff } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { addTexts, useTexts } from '~/i18n';

import { notifyChoice } from './notify-settings-store';
import { canSound } from './sound';
import { useStore } from './store';
import { texts } from './texts';

addTexts('feed', texts);

const Panel = lazy(() => import('./notify-panel').then((module) => ({ default: module.NotifyPanel })));

/** How one is told of new messages; struck through while there is no sound. */
export function Bell() {
  const t = useTexts('feed');
  const [isOpen, setIsOpen] = useState(false);
  const { sound } = useStore(notifyChoice);
  const isHeard = useStore(canSound) && sound;
  const Icon = isHeard ? IconBell : IconBellOff;
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t('notices')}
        title={isHeard ? t('notices') : t(sound ? 'sound_locked' : 'sound_off')}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        <Icon size={20} stroke={1.6} aria-hidden />
      </ActionIcon>
      <Suspense>{isOpen && <Panel onClose={() => setIsOpen(false)} />}</Suspense>
    </>
  );
}

import { Button, Stack, Switch, Text } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import { useState } from 'react';

import { addTexts, useTexts } from '~/i18n';
import '~/ui/styles';

import { choose, notifyChoice } from './notify-settings-store';
import { beep, canSound } from './sound';
import { useStore } from './store';
import { texts } from './texts';

addTexts('feed', texts);

const permission = () => ('Notification' in globalThis ? Notification.permission : 'denied');

/** How this browser tells of new messages: sound with a check, and desktop notifications. */
export function NotifySettings() {
  const t = useTexts('feed');
  const choice = useStore(notifyChoice);
  const isUnlocked = useStore(canSound);
  const [allowed, setAllowed] = useState(permission);
  const wantDesktop = async (desktop: boolean) => {
    // Asked for by this click alone.
    const answer =
      desktop && permission() === 'default' ? await Notification.requestPermission() : permission();
    setAllowed(answer);
    choose({ desktop: desktop && answer === 'granted' });
  };
  return (
    <Stack gap="sm">
      <Switch
        label={t('sound')}
        description={isUnlocked ? undefined : t('sound_locked')}
        checked={choice.sound}
        onChange={(event) => choose({ sound: event.currentTarget.checked })}
      />
      <Button
        variant="default"
        size="compact-sm"
        w="fit-content"
        leftSection={<IconVolume size={16} aria-hidden />}
        onClick={() => void beep()}
      >
        {t('sound_check')}
      </Button>
      <Switch
        label={t('desktop')}
        description={allowed === 'denied' ? t('desktop_denied') : t('desktop_about')}
        checked={choice.desktop && allowed === 'granted'}
        disabled={allowed === 'denied'}
        onChange={(event) => void wantDesktop(event.currentTarget.checked)}
      />
      <Text size="xs" c="dimmed">
        {t('this_browser')}
      </Text>
    </Stack>
  );
}

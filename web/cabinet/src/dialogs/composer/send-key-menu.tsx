import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck, IconKeyboard } from '@tabler/icons-react';

import { useTexts } from '~/i18n';

import { type SendKey, useSendKey } from './send-key';

const KEYS: SendKey[] = ['enter', 'ctrl_enter'];

/** Lets a person choose by which key a message is sent. */
export function SendKeyMenu() {
  const t = useTexts('composer');
  const [chosen, choose] = useSendKey();
  return (
    <Menu position="top-start" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('send_key')} title={t('send_key')}>
          <IconKeyboard size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {KEYS.map((key) => (
          <Menu.Item
            key={key}
            role="menuitemradio"
            aria-checked={key === chosen}
            rightSection={key === chosen && <IconCheck size={16} aria-hidden />}
            onClick={() => choose(key)}
          >
            {t(`key_${key}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

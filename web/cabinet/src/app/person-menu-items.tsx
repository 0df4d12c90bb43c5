import { Menu, type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconLogout } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';

import { accountsCloseSession, call } from '~/api';
import { tellSignedOut } from '~/feed';
import { useLanguage, useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';

const SCHEMES: MantineColorScheme[] = ['light', 'dark', 'auto'];

/** What the person's menu offers. */
export function PersonMenuItems() {
  const t = useTexts('app');
  const { operator } = useIdentity();
  const [language, chooseLanguage] = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useMutation({
    mutationFn: () => call(accountsCloseSession()),
    // A whole new page: nothing of this person stays in the memory of the browser.
    onSettled: () => {
      tellSignedOut();
      location.assign('/sign-in');
    },
  });
  return (
    <>
      <Menu.Label className="wrapping">{operator.email}</Menu.Label>
      <Choice chosen={language === 'ru'} onClick={() => chooseLanguage('ru')}>
        Русский
      </Choice>
      <Choice chosen={language === 'en'} onClick={() => chooseLanguage('en')}>
        English
      </Choice>
      <Menu.Divider />
      <Menu.Label>{t('theme')}</Menu.Label>
      {SCHEMES.map((scheme) => (
        <Choice key={scheme} chosen={scheme === colorScheme} onClick={() => setColorScheme(scheme)}>
          {t(`theme_${scheme}`)}
        </Choice>
      ))}
      <Menu.Divider />
      <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOut.mutate()}>
        {t('sign_out')}
      </Menu.Item>
    </>
  );
}

function Choice({ chosen, onClick, children }: { chosen: boolean; onClick: () => void; children: string }) {
  return (
    <Menu.Item
      role="menuitemradio"
      aria-checked={chosen}
      rightSection={chosen && <IconCheck size={16} aria-hidden />}
      onClick={onClick}
    >
      {children}
    </Menu.Item>
  );
}

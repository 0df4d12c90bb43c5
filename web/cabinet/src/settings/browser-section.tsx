import { type MantineColorScheme, Radio, Stack, useMantineColorScheme } from '@mantine/core';

import { type Language, useLanguage, useTexts } from '~/i18n';

import { Section } from './section';

const SCHEMES: MantineColorScheme[] = ['light', 'dark', 'auto'];

/** Language and look: remembered in this browser. */
export function BrowserSection() {
  const t = useTexts('settings');
  const [language, chooseLanguage] = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section about={t('browser.about')}>
      <Radio.Group
        label={t('browser.language')}
        value={language}
        onChange={(value) => chooseLanguage(value as Language)}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="ru" label="Русский" />
          <Radio value="en" label="English" />
        </Stack>
      </Radio.Group>
      <Radio.Group
        label={t('browser.theme')}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
      >
        <Stack gap="xs" mt="xs">
          {SCHEMES.map((scheme) => (
            <Radio key={scheme} value={scheme} label={t(`browser.${scheme}`)} />
          ))}
        </Stack>
      </Radio.Group>
    </Section>
  );
}

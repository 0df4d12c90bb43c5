import { Button } from '@mantine/core';

import { useLanguage } from '~/i18n';

/** Russian or English, offered in the language that it leads to. */
export function LanguageSwitch() {
  const [language, choose] = useLanguage();
  const other = language === 'ru' ? 'en' : 'ru';
  return (
    <Button size="compact-sm" variant="subtle" lang={other} onClick={() => choose(other)}>
      {other === 'en' ? 'English' : 'Русский'}
    </Button>
  );
}

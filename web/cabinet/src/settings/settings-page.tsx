import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** People and settings. */
export function SettingsPage() {
  const t = useTexts('app');
  return <Page title={t('settings')}>{null}</Page>;
}

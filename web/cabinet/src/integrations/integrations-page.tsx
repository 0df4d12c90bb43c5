import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** The connected communities and their health. */
export function IntegrationsPage() {
  const t = useTexts('app');
  return <Page title={t('integrations')}>{null}</Page>;
}

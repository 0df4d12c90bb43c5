import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** One community: state, timeline, actions. */
export function IntegrationPage() {
  const t = useTexts('app');
  return <Page title={t('integrations')}>{null}</Page>;
}

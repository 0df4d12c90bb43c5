import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** Connecting communities, step by step. */
export function WizardPage() {
  const t = useTexts('app');
  return <Page title={t('integrations')}>{null}</Page>;
}

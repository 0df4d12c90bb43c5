import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** Figures and charts. */
export function ReportsPage() {
  const t = useTexts('app');
  return <Page title={t('reports')}>{null}</Page>;
}

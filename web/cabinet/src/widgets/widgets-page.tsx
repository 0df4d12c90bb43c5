import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** The project's widgets. */
export function WidgetsPage() {
  const t = useTexts('app');
  return <Page title={t('widgets')}>{null}</Page>;
}

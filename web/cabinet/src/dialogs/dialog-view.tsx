import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** One open dialog: thread, composer, info panel. */
export function DialogView() {
  const t = useTexts('app');
  return <Page title={t('dialogs')}>{null}</Page>;
}

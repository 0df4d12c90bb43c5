import { addTexts, useTexts } from '~/i18n';
import { Page } from '~/ui/page';
import { texts } from '~/app/texts';

addTexts('app', texts);

/** Accepting an invitation by its link. */
export function EnrolmentPage() {
  const t = useTexts('app');
  return <Page title={t('sign_out')}>{null}</Page>;
}

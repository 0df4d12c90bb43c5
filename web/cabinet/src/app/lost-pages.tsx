import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { addTexts, useTexts } from '~/i18n';
import { Empty, Failure } from '~/ui/notices';

import { texts } from './texts';

addTexts('app', texts);

/** For an address that leads nowhere. */
export function NotFoundPage() {
  const t = useTexts('app');
  return (
    <Empty title={t('not_found')} action={<Link to="/">{t('home')}</Link>}>
      {t('not_found_about')}
    </Empty>
  );
}

/** For a page that broke: also one whose code is of a version that the server no longer has. */
export function BrokenPage({ error }: { error: unknown }) {
  const t = useTexts('app');
  return (
    <Empty
      title={t('broken')}
      action={
        <>
          <Failure error={error} />
          <Button onClick={() => location.reload()}>{t('reload')}</Button>
        </>
      }
    />
  );
}

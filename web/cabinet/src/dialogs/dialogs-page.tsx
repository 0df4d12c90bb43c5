import { Outlet, useParams } from '@tanstack/react-router';

import { addTexts, useTexts } from '~/i18n';
import { Empty } from '~/ui/notices';

import classes from './dialogs-page.module.css';
import { ListPane } from './list/list-pane';
import { texts } from './list/texts';

addTexts('list', texts);

/** The list of dialogs beside the open one; on a phone one of the two. */
export function DialogsPage() {
  const t = useTexts('list');
  const { projectId = '', dialogId } = useParams({ strict: false });
  return (
    <div className={classes.page} data-open={dialogId !== undefined}>
      <section className={classes.list} aria-label={t('title')}>
        <ListPane key={projectId} projectId={projectId} />
      </section>
      <div className={classes.dialog}>
        {dialogId === undefined && (
          <div className={classes.nothing}>
            <Empty title={t('choose')}>{t('choose_about')}</Empty>
          </div>
        )}
        <Outlet />
      </div>
    </div>
  );
}

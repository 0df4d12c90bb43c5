import { Button, Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { useTexts } from '~/i18n';
import { useIsAtLeast } from '~/session/session';
import { Empty } from '~/ui/notices';

import classes from './list-pane.module.css';
import { countFilters, type DialogsSearch } from './search';

const PLACES = [70, 45, 60, 80, 50, 65, 40];

/** Where rows will be. */
export function ListSkeleton() {
  const t = useTexts('list');
  return (
    <div role="status" aria-label={t('loading')}>
      {PLACES.map((width) => (
        <div key={width} className={classes.skeleton}>
          <Skeleton circle height={42} />
          <div className={classes.skeletonLines}>
            <Skeleton height={12} width={`${width}%`} />
            <Skeleton height={10} width="90%" />
          </div>
        </div>
      ))}
    </div>
  );
}

interface Props {
  projectId: string;
  search: DialogsSearch;
  onClear: () => void;
}

/** Why there is no row: nothing matches, this tab is done, or nobody has written yet. */
export function ListEmpty({ projectId, search, onClear }: Props) {
  const t = useTexts('list');
  const mayConnect = useIsAtLeast('admin', projectId);
  if (countFilters(search)) {
    return (
      <Empty
        title={t('nothing')}
        action={
          <Button variant="default" onClick={onClear}>
            {t('filters_clear')}
          </Button>
        }
      />
    );
  }
  if (search.q) return <Empty title={t('nothing_found')}>{t('nothing_found_about')}</Empty>;
  if (search.tab) return <Empty title={t(`empty_${search.tab}`)}>{t(`empty_${search.tab}_about`)}</Empty>;
  return (
    <Empty
      title={t('empty')}
      action={
        mayConnect && (
          <Link to="/projects/$projectId/integrations" params={{ projectId }}>
            {t('connect')}
          </Link>
        )
      }
    >
      {t('empty_about')}
    </Empty>
  );
}

import { Link } from '@tanstack/react-router';

import type { DialogsCountersOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import type { DialogsSearch, ListTab } from './search';
import { TABS } from './search';
import classes from './tabs.module.css';

// The router marks a link as the current one by itself: let it not do so for half an address.
const EXACT = { exact: true, explicitUndefined: true };
const LIST = '/projects/$projectId/dialogs';

interface Props {
  projectId: string;
  search: DialogsSearch;
  counters: DialogsCountersOut | undefined;
}

function countOf(tab: ListTab, counters: DialogsCountersOut): number {
  return tab === 'mine' ? counters.mine.all : counters[tab];
}

/** New, Mine, All and Closed with how many there are; the filters stay. */
export function Tabs({ projectId, search, counters }: Props) {
  const t = useTexts('list');
  const { number } = useFormats();
  return (
    <nav className={classes.tabs} aria-label={t('tabs')}>
      {TABS.map((tab) => (
        <Link
          key={tab}
          to={LIST}
          params={{ projectId }}
          search={{ ...search, message: undefined, tab: tab === 'all' ? undefined : tab }}
          className={classes.tab}
          aria-current={(search.tab ?? 'all') === tab ? 'page' : undefined}
          activeOptions={EXACT}
        >
          {t(`tab_${tab}`)}
          {counters && <span className={classes.count}>{number(countOf(tab, counters))}</span>}
        </Link>
      ))}
    </nav>
  );
}

/** While somebody searches: whether to see people or messages. */
export function FoundTabs({ projectId, search }: Omit<Props, 'counters'>) {
  const t = useTexts('list');
  return (
    <nav className={classes.tabs} aria-label={t('found_in')}>
      {([undefined, 'messages'] as const).map((where) => (
        <Link
          key={where ?? 'dialogs'}
          to={LIST}
          params={{ projectId }}
          search={{ ...search, message: undefined, in: where }}
          className={classes.tab}
          aria-current={search.in === where ? 'page' : undefined}
          activeOptions={EXACT}
        >
          {t(where ? 'found_messages' : 'found_dialogs')}
        </Link>
      ))}
    </nav>
  );
}

import { Title, VisuallyHidden } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from 'react';

import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { Failure, Loading } from '~/ui/notices';

import { Announcer } from './announcer';
import { useCounters, useDialogList } from '~/feed';
import { DialogRows, type RowsHandle } from './dialog-rows';
import { FilterChips } from './filter-chips';
import { useListKeys } from './keys';
import { ListEmpty, ListSkeleton } from './list-states';
import { countFilters, type DialogsSearch, filtersOf, searchOf, withoutFilters } from './search';
import { SearchBox } from './search-box';
import { useSelection } from './selection';
import { FoundTabs, Tabs } from './tabs';
import { useViews } from './views';

const FiltersPanel = lazy(() =>
  import('./filters-panel').then((module) => ({ default: module.FiltersPanel })),
);
const MessageHits = lazy(() => import('./message-hits').then((module) => ({ default: module.MessageHits })));
const BulkBar = lazy(() => import('./bulk-bar').then((module) => ({ default: module.BulkBar })));
const Shortcuts = lazy(() => import('./shortcuts').then((module) => ({ default: module.Shortcuts })));

/** All that is left of an open dialog: tabs, search, filters and the dialogs themselves. */
export function ListPane({ projectId }: { projectId: string }) {
  const t = useTexts('list');
  const navigate = useNavigate();
  const { dialogId } = useParams({ strict: false });
  const raw = useSearch({ strict: false });
  const search = useMemo(() => searchOf(raw), [raw]);
  const projectIds = useIdentity().projects.map((one) => one.id);
  const counters = useCounters(projectIds)?.[projectId];
  const views = useViews(projectId);
  const selection = useSelection();
  const rows = useRef<RowsHandle>(null);
  const field = useRef<HTMLInputElement>(null);
  const [isFiltering, setFiltering] = useState(false);
  const [isHelping, setHelping] = useState(false);

  const go = useCallback(
    (next: DialogsSearch, replace = false) =>
      void navigate({ to: '.', search: { ...next, message: undefined }, replace }),
    [navigate],
  );
  const clear = () => go(withoutFilters(search));
  useListKeys({
    rows,
    onSearch: () => field.current?.focus(),
    onTab: (tab) => go({ ...search, q: undefined, tab: tab === 'all' ? undefined : tab }),
    onHelp: () => setHelping(true),
    onEscape: () => {
      if (isFiltering) setFiltering(false);
      else if (selection.ids.size) selection.clear();
      else if (search.q) go({ ...search, q: undefined });
      else if (dialogId) void navigate({ to: '/projects/$projectId/dialogs', params: { projectId }, search });
    },
  });

  let body: ReactNode;
  if (isFiltering) {
    body = (
      <FiltersPanel
        projectId={projectId}
        search={search}
        views={views}
        onChange={(change) => go({ ...search, ...change }, true)}
        onClear={clear}
        onClose={() => setFiltering(false)}
      />
    );
  } else if (search.q && search.in === 'messages') {
    body = <MessageHits projectId={projectId} search={search} />;
  } else {
    body = (
      <Found projectId={projectId} search={search} selection={selection} handle={rows} onClear={clear} />
    );
  }
  return (
    <>
      <VisuallyHidden>
        <Title order={1}>{t('page')}</Title>
      </VisuallyHidden>
      <SearchBox
        field={field}
        q={search.q ?? ''}
        onSearch={(q) => go({ ...search, q: q || undefined }, search.q !== undefined)}
        filterCount={countFilters(search)}
        isFiltering={isFiltering}
        onFilters={() => setFiltering((was) => !was)}
      />
      {search.q ? (
        <FoundTabs projectId={projectId} search={search} />
      ) : (
        <Tabs projectId={projectId} search={search} counters={counters} />
      )}
      {!isFiltering && (
        <FilterChips
          projectId={projectId}
          search={search}
          views={views.views}
          onChange={(change) => go({ ...search, ...change })}
          onClear={clear}
        />
      )}
      <Suspense>{selection.ids.size > 0 && <BulkBar selection={selection} />}</Suspense>
      <Announcer count={counters?.new} />
      <Suspense fallback={<Loading />}>{body}</Suspense>
      <Suspense>{isHelping && <Shortcuts onClose={() => setHelping(false)} />}</Suspense>
    </>
  );
}

interface FoundProps {
  projectId: string;
  search: DialogsSearch;
  selection: ReturnType<typeof useSelection>;
  handle: React.RefObject<RowsHandle | null>;
  onClear: () => void;
}

/** The dialogs of a tab with its filters, or those that were searched for. */
function Found({ projectId, search, selection, handle, onClear }: FoundProps) {
  const { dialogId } = useParams({ strict: false });
  const me = useIdentity().operator.id;
  const filters = useMemo(() => filtersOf(search), [search]);
  const list = useDialogList(projectId, filters);
  if (list.isPending) return <ListSkeleton />;
  if (list.error && list.dialogs.length === 0) {
    return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (list.dialogs.length === 0 && !list.hasMore) {
    return <ListEmpty projectId={projectId} search={search} onClear={onClear} />;
  }
  return (
    <DialogRows
      // Another list begins at its top, and keeps nothing in its place.
      key={JSON.stringify(filters)}
      handle={handle}
      dialogs={list.dialogs}
      me={me}
      openId={dialogId}
      selection={selection}
      hasMore={list.hasMore}
      isBusy={list.isLoadingMore}
      onMore={list.loadMore}
    />
  );
}

import { Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';

import { call, type DialogsCaseLine, type DialogsDialogOut, dialogsListCasesOfADialog } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Failure } from '~/ui/notices';

import classes from './info-panel.module.css';

const PAGE = 5;

/** The pieces of work that a dialog has held, the newest first. */
export function CaseHistory({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('info');
  const path = { dialog_id: dialog.id };
  const cases = useInfiniteQuery({
    // A case that was taken or closed is told by the dialog.
    queryKey: ['cases', dialog.project_id, dialog.id, 'history', dialog.case, dialog.operator?.id],
    queryFn: ({ pageParam }) =>
      call(dialogsListCasesOfADialog({ path, query: { cursor: pageParam, limit: PAGE } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
  const items = cases.data?.pages.flatMap((page) => page.items) ?? [];
  if (cases.error) return <Failure error={cases.error} onRetry={() => void cases.refetch()} />;
  if (cases.data && items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('no_cases')}
      </Text>
    );
  }
  return (
    <>
      <ol className={classes.cases}>
        {items.map((one) => (
          <CaseItem key={one.id} line={one} />
        ))}
      </ol>
      {cases.hasNextPage && (
        <Button size="compact-xs" variant="subtle" onClick={() => void cases.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </>
  );
}

function CaseItem({ line }: { line: DialogsCaseLine }) {
  const t = useTexts('info');
  const formats = useFormats();
  const { operator, closed_at, closed_by } = line;
  const who = operator ? (operator.name ?? t('a_colleague')) : t('untaken');
  const closing = closed_by ? (closed_by.name ?? t('a_colleague')) : null;
  return (
    <li>
      <b>{t('case_number', { number: line.number })}</b> {formats.full(line.opened_at)}
      <span>{who}</span>
      {closed_at ? (
        <span>{t(closing ? 'closed_by' : 'closed', { name: closing, time: formats.full(closed_at) })}</span>
      ) : (
        <span>{t('is_open')}</span>
      )}
    </li>
  );
}

import { Button, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';

import { type AccountsAuditEntryOut, accountsListAuditEntries, call } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Empty, Failure, Loading } from '~/ui/notices';

import { Section } from './section';

/** Who changed what in the project, newest first. */
export function AuditSection({ projectId }: { projectId: string }) {
  const t = useTexts('settings');
  const formats = useFormats();
  const entries = useInfiniteQuery({
    queryKey: ['audit', projectId],
    queryFn: ({ pageParam, signal }) =>
      call(
        accountsListAuditEntries({
          path: { project_id: projectId },
          query: { limit: 50, cursor: pageParam },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const items = entries.data?.pages.flatMap((page) => page.items);
  return (
    <Section about={t('audit.about')}>
      {entries.isPending && <Loading />}
      {entries.isError && <Failure error={entries.error} onRetry={() => entries.refetch()} />}
      {items?.length === 0 && <Empty title={t('audit.empty')} />}
      <Table aria-label={t('section.audit')} layout="fixed">
        <Table.Tbody>
          {items?.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Text size="sm" fw={500} className="wrapping">
                  {t(`audit.kinds.${one.action}`, { defaultValue: one.action })}
                </Text>
                <Text size="sm" c="dimmed" className="wrapping">
                  {detailsOf(one)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm" className="wrapping">
                  {one.actor?.name ?? t('audit.system')}
                </Text>
                <Text size="sm" c="dimmed">
                  {formats.full(one.at)}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {entries.hasNextPage && (
        <Button
          variant="default"
          loading={entries.isFetchingNextPage}
          onClick={() => entries.fetchNextPage()}
        >
          {t('more')}
        </Button>
      )}
    </Section>
  );
}

/** What an entry is about, as the services noted it. */
function detailsOf(entry: AccountsAuditEntryOut): string {
  const details = Object.values(entry.details).filter((value) => ['string', 'number'].includes(typeof value));
  return [...details, entry.address].filter(Boolean).join(' · ');
}

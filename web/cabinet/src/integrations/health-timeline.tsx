import { Button, Skeleton, Text, Timeline } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';

import type { IntegrationsTimelineEntryOut } from '~/api';
import { useFormats } from '~/i18n/formats';
import { Failure } from '~/ui/notices';

import { useIntegrationTexts, wordsOf } from './codes';
import { timelineQuery } from './queries';

/** What was seen, what we did and what is needed, newest first. */
export function HealthTimeline({ integrationId }: { integrationId: string }) {
  const t = useIntegrationTexts();
  const pages = useInfiniteQuery(timelineQuery(integrationId));
  if (pages.isPending) return <Skeleton height={160} />;
  if (!pages.data) return <Failure error={pages.error} onRetry={() => pages.refetch()} />;
  const entries = pages.data.pages.flatMap((page) => page.items);
  return (
    <>
      <Timeline bulletSize={14} lineWidth={2} active={-1}>
        {entries.map((entry) => (
          <Entry key={`${entry.at}-${entry.kind}-${entry.cause}`} entry={entry} />
        ))}
      </Timeline>
      {pages.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={pages.isFetchingNextPage}
          onClick={() => pages.fetchNextPage()}
        >
          {t('timeline_more')}
        </Button>
      )}
    </>
  );
}

function Entry({ entry }: { entry: IntegrationsTimelineEntryOut }) {
  const t = useIntegrationTexts();
  const formats = useFormats();
  return (
    <Timeline.Item title={t(`kinds.${entry.kind}`, { state: t(`states.${entry.state}`) })}>
      <Text size="xs" c="dimmed">
        {formats.full(entry.at)}
      </Text>
      {entry.cause && (
        <Text size="sm">
          {t('timeline_seen')}: {wordsOf(t, 'causes', entry.cause)}
        </Text>
      )}
      {entry.action && (
        <Text size="sm">
          {t('timeline_did')}: {wordsOf(t, 'actions', entry.action)}
        </Text>
      )}
      {entry.cure && (
        <Text size="sm">
          {t('timeline_needed')}: {wordsOf(t, 'cures', entry.cure)}
        </Text>
      )}
    </Timeline.Item>
  );
}

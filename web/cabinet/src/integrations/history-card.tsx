import { Button, Card, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import {
  call,
  integrationsCancelImport,
  type IntegrationsHistoryDepth,
  integrationsImportHistory,
  type IntegrationsIntegrationDetails,
} from '~/api';
import { useFormats } from '~/i18n/formats';
import { useIsAtLeast } from '~/session/session';
import { Failure } from '~/ui/notices';

import { useIntegrationTexts } from './codes';
import { integrationQuery } from './queries';

/** Loading of earlier messages: how far it is, how to begin and to stop. */
export function HistoryCard({ integration }: { integration: IntegrationsIntegrationDetails }) {
  const t = useIntegrationTexts();
  const client = useQueryClient();
  const isAdmin = useIsAtLeast('admin', integration.project_id);
  const path = { integration_id: integration.id };
  const reread = () => client.invalidateQueries(integrationQuery(integration.id));
  const begin = useMutation({
    mutationFn: (depth: IntegrationsHistoryDepth) =>
      call(integrationsImportHistory({ path, body: { depth } })),
    onSettled: reread,
  });
  const stop = useMutation({ mutationFn: () => call(integrationsCancelImport({ path })), onSettled: reread });
  const last = integration.history_import;
  const isRunning = last !== null && ['requested', 'running'].includes(last.state);
  return (
    <Card withBorder component="section" aria-labelledby="history">
      <Stack gap="xs">
        <Title order={2} size="h4" id="history">
          {t('history')}
        </Title>
        {last ? <Running last={last} isRunning={isRunning} /> : <Text size="sm">{t('history_about')}</Text>}
        {begin.isError && <Failure error={begin.error} />}
        {stop.isError && <Failure error={stop.error} />}
        {isAdmin && (
          <Group gap="xs">
            {isRunning ? (
              <Button
                variant="default"
                loading={stop.isPending || last.cancelling}
                onClick={() => stop.mutate()}
              >
                {t('history_cancel')}
              </Button>
            ) : (
              <>
                <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate('month')}>
                  {t('history_month')}
                </Button>
                <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate('all')}>
                  {t('history_all')}
                </Button>
              </>
            )}
          </Group>
        )}
      </Stack>
    </Card>
  );
}

type Last = NonNullable<IntegrationsIntegrationDetails['history_import']>;

function Running({ last, isRunning }: { last: Last; isRunning: boolean }) {
  const t = useIntegrationTexts();
  const { number } = useFormats();
  const done = last.messages_done ?? 0;
  const total = last.messages_total;
  const percent = total ? Math.min(100, (100 * done) / total) : 0;
  const told = [
    total
      ? t('history_progress', { done: number(done), total: number(Math.max(total, done)) })
      : t('history_count', { done: number(done) }),
    isRunning && last.per_second ? t('history_speed', { count: number(Math.round(last.per_second)) }) : '',
    isRunning && last.seconds_left ? t('history_left', { minutes: Math.ceil(last.seconds_left / 60) }) : '',
  ];
  return (
    <>
      <Text size="sm" component="output" display="block">
        {t(`history_states.${last.state}`)}: {told.filter(Boolean).join(' · ')}
      </Text>
      {isRunning && <Progress value={percent} aria-label={t('history_states.running')} />}
    </>
  );
}

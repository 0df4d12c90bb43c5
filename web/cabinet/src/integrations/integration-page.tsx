import { Alert, Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { call, type IntegrationsIntegrationDetails, integrationsCheckNow, useProblemText } from '~/api';
import { useFormats } from '~/i18n/formats';
import { useIsAtLeast } from '~/session/session';
import { Failure, Loading } from '~/ui/notices';
import { Page } from '~/ui/page';
import '~/ui/styles';
import { tell } from '~/ui/tell';

import { useIntegrationTexts, wordsOf } from './codes';
import { DeleteModal } from './delete-modal';
import { HistoryCard } from './history-card';
import classes from './integrations.module.css';
import { integrationQuery } from './queries';
import { StateChip } from './state-chip';
import { HealthTimeline } from './health-timeline';

const ROUTE = '/inside/projects/$projectId/integrations/$integrationId';

/** One community: how it is doing and since when, what to do, what happened. */
export function IntegrationPage() {
  const t = useIntegrationTexts();
  const { projectId, integrationId } = useParams({ from: ROUTE });
  const integration = useQuery(integrationQuery(integrationId));
  if (integration.isPending) return <Loading />;
  if (!integration.data) return <Failure error={integration.error} onRetry={() => integration.refetch()} />;
  const one = integration.data;
  return (
    <Page
      title={one.name}
      about={<BackLink projectId={projectId} label={t('back')} />}
      actions={<Actions one={one} />}
    >
      <Stack>
        <Standing one={one} />
        <Card withBorder>
          <Facts one={one} />
        </Card>
        {one.state !== 'deleted' && <HistoryCard integration={one} />}
        <section aria-labelledby="timeline">
          <Title order={2} size="h4" id="timeline" mb="xs">
            {t('timeline')}
          </Title>
          <HealthTimeline integrationId={one.id} />
        </section>
      </Stack>
    </Page>
  );
}

function BackLink({ projectId, label }: { projectId: string; label: string }) {
  return (
    <Anchor
      size="sm"
      renderRoot={(props) => (
        <Link to="/projects/$projectId/integrations" params={{ projectId }} {...props} />
      )}
    >
      ← {label}
    </Anchor>
  );
}

function Actions({ one }: { one: IntegrationsIntegrationDetails }) {
  const t = useIntegrationTexts();
  const say = useProblemText();
  const client = useQueryClient();
  const isAdmin = useIsAtLeast('admin', one.project_id);
  const [isDeleting, setDeleting] = useState(false);
  const check = useMutation({
    mutationFn: () => call(integrationsCheckNow({ path: { integration_id: one.id } })),
    onSuccess: async () => {
      tell(t('check_asked'));
      await client.invalidateQueries({ queryKey: ['timeline', one.id] });
    },
    onError: (error) => tell(say(error), 'bad'),
  });
  if (!isAdmin || one.state === 'deleted') return null;
  return (
    <Group gap="xs">
      <Button variant="default" loading={check.isPending} onClick={() => check.mutate()}>
        {t('check_now')}
      </Button>
      <Button
        variant="default"
        renderRoot={(props) => (
          <Link
            to="/projects/$projectId/integrations/new"
            params={{ projectId: one.project_id }}
            {...props}
          />
        )}
      >
        {t('reconnect')}
      </Button>
      <Button variant="outline" color="red" onClick={() => setDeleting(true)}>
        {t('delete')}
      </Button>
      <DeleteModal integration={one} opened={isDeleting} onClose={() => setDeleting(false)} />
    </Group>
  );
}

function Standing({ one }: { one: IntegrationsIntegrationDetails }) {
  const t = useIntegrationTexts();
  const formats = useFormats();
  const trouble = one.reason ?? one.problem;
  return (
    <>
      <Group gap="xs" component="output">
        <StateChip state={one.state} />
        <Text size="sm">{formats.full(one.since)}</Text>
      </Group>
      {trouble && one.state !== 'active' && (
        <Alert color={one.state === 'deactivated' ? 'red' : 'orange'} title={wordsOf(t, 'causes', trouble)}>
          {one.cure && (
            <Text size="sm">
              <b>{t('what_to_do')}:</b> {wordsOf(t, 'cures', one.cure)}
            </Text>
          )}
        </Alert>
      )}
      {one.warnings.map((warning) => (
        <Alert key={warning.code} color="yellow" title={wordsOf(t, 'causes', warning.code)}>
          {warning.cure && <Text size="sm">{wordsOf(t, 'cures', warning.cure)}</Text>}
        </Alert>
      ))}
    </>
  );
}

function Facts({ one }: { one: IntegrationsIntegrationDetails }) {
  const t = useIntegrationTexts();
  const formats = useFormats();
  const connected = formats.full(one.connected_at);
  const facts: [string, string][] = [
    [t('facts.community'), `${one.screen_name} · ${one.community_id}`],
    [t('facts.transport'), one.transport ? t(`transports.${one.transport}`) : t('facts.unknown')],
    [t('facts.last_event'), one.last_event_at ? formats.full(one.last_event_at) : t('facts.no_event')],
    [t('facts.gaps'), gapsOf(one, t)],
    [
      t('facts.queued'),
      one.replies_queued === null ? t('facts.unknown') : formats.number(one.replies_queued),
    ],
    [t('facts.checked'), one.last_checked_at ? formats.full(one.last_checked_at) : t('facts.unknown')],
    [
      t('facts.connected'),
      one.connected_by ? t('facts.connected_by', { when: connected, who: one.connected_by.name }) : connected,
    ],
  ];
  return (
    <dl className={classes.facts} style={{ margin: 0 }}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="wrapping">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function gapsOf(one: IntegrationsIntegrationDetails, t: ReturnType<typeof useIntegrationTexts>): string {
  if (one.gaps_open === null) return t('facts.unknown');
  const told = [
    one.gaps_open > 0 && t('facts.gaps_open', { count: one.gaps_open }),
    (one.gaps_confirmed ?? 0) > 0 && t('facts.gaps_confirmed', { count: one.gaps_confirmed }),
  ].filter(Boolean);
  return told.join('; ') || '0';
}

import { Avatar, Card, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { IntegrationsIntegrationOut, WidgetConfigWidgetOut } from '~/api';
import { useFormats } from '~/i18n/formats';

import { useIntegrationTexts, wordsOf } from './codes';
import classes from './integrations.module.css';
import { StateChip } from './state-chip';

interface Props {
  integration: IntegrationsIntegrationOut;
  widgets: WidgetConfigWidgetOut[];
}

/** One community in the list: state, last event, gaps, queue, the widgets that use it. */
export function IntegrationRow({ integration, widgets }: Props) {
  const t = useIntegrationTexts();
  const formats = useFormats();
  const trouble = integration.reason ?? integration.problem;
  return (
    <Card withBorder component="article" aria-label={integration.name} className={classes.row}>
      <Group wrap="nowrap" align="start" gap="sm">
        <Avatar name={integration.name} color="initials" alt="" />
        <Stack gap={2} flex={1} miw={0}>
          <Group justify="space-between" gap="xs">
            <Link
              to="/projects/$projectId/integrations/$integrationId"
              params={{ projectId: integration.project_id, integrationId: integration.id }}
              className={classes.name}
              aria-label={t('open', { name: integration.name })}
            >
              {integration.name}
            </Link>
            <StateChip state={integration.state} />
          </Group>
          <Text size="sm" c="dimmed" className="wrapping">
            {t('vk')} · {integration.screen_name || `club${integration.community_id}`}
          </Text>
          {trouble && integration.state !== 'active' && (
            <Text size="sm" mt={4}>
              {t('problem_since', {
                when: formats.full(integration.since),
                what: wordsOf(t, 'causes', trouble),
              })}
            </Text>
          )}
          <dl className={classes.facts}>
            <Fact name={t('facts.last_event')}>
              {integration.last_event_at ? formats.full(integration.last_event_at) : t('facts.no_event')}
            </Fact>
            <Fact name={t('facts.gaps')}>{integration.gaps_open ?? t('facts.unknown')}</Fact>
            <Fact name={t('facts.queued')}>{integration.replies_queued ?? t('facts.unknown')}</Fact>
            <Fact name={t('facts.widgets')}>
              {widgets.map((widget) => widget.name).join(', ') || t('facts.none')}
            </Fact>
          </dl>
        </Stack>
      </Group>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="wrapping">{children}</dd>
    </div>
  );
}

import { Button, Card, Group, List, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';

import { useIsAtLeast } from '~/session/session';
import { Empty, Failure } from '~/ui/notices';
import { Page } from '~/ui/page';
import '~/ui/styles';

import { useIntegrationTexts } from './codes';
import { IntegrationRow } from './integration-row';
import { integrationsQuery, widgetsOfQuery } from './queries';

/** The connected communities and their health. */
export function IntegrationsPage() {
  const t = useIntegrationTexts();
  const { projectId } = useParams({ from: '/inside/projects/$projectId/integrations' });
  const isAdmin = useIsAtLeast('admin', projectId);
  const integrations = useQuery(integrationsQuery(projectId));
  const widgets = useQuery(widgetsOfQuery(projectId));
  const add = isAdmin && (
    <Button
      leftSection={<IconPlus size={18} aria-hidden />}
      renderRoot={(props) => (
        <Link to="/projects/$projectId/integrations/new" params={{ projectId }} {...props} />
      )}
    >
      {t('add')}
    </Button>
  );
  const rows = integrations.data;
  return (
    <Page title={t('title')} about={t('about')} actions={rows?.length ? add : null}>
      {integrations.isPending && (
        <Stack aria-busy>
          <Skeleton height={120} />
          <Skeleton height={120} />
        </Stack>
      )}
      {integrations.isError && <Failure error={integrations.error} onRetry={() => integrations.refetch()} />}
      {rows?.length === 0 && (
        <Card withBorder>
          <Empty title={t('empty')} action={<Group justify="center">{add}</Group>}>
            {isAdmin ? t('empty_about') : t('empty_admin')}
          </Empty>
          {isAdmin && (
            <List size="sm" c="dimmed" mx="auto" pb="md">
              <List.Item>{t('need_admin')}</List.Item>
              <List.Item>{t('need_messages')}</List.Item>
              <List.Item>{t('need_free')}</List.Item>
            </List>
          )}
        </Card>
      )}
      <SimpleGrid cols={1} spacing="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {rows?.map((integration) => (
          <li key={integration.id}>
            <IntegrationRow
              integration={integration}
              widgets={(widgets.data ?? []).filter((widget) =>
                widget.channels.some((channel) => channel.integration_id === integration.id),
              )}
            />
          </li>
        ))}
      </SimpleGrid>
    </Page>
  );
}

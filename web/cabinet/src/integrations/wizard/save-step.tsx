import { Button, Card, MultiSelect, Radio, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import {
  call,
  type IntegrationsHistoryDepth,
  integrationsConnectCommunity,
  Refusal,
  useProblemText,
  type VkGatewayConnectionOut,
  type VkGatewayOfferedCommunity,
  widgetConfigAddChannel,
} from '~/api';
import { useTexts } from '~/i18n';
import { tell } from '~/ui/tell';

import { integrationsQuery, widgetsOfQuery } from '../queries';
import { Preflight } from './preflight';

/** The options, the checks of each community, and Save: each community is connected or says why not. */
export function SaveStep({ connection }: { connection: VkGatewayConnectionOut }) {
  const t = useTexts('wizard');
  const say = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const projectId = connection.project_id;
  const widgets = useQuery(widgetsOfQuery(projectId));
  const [history, setHistory] = useState<IntegrationsHistoryDepth | 'none'>('month');
  const [chosenWidgets, setChosenWidgets] = useState<string[]>([]);
  const [done, setDone] = useState<Record<number, string>>({});
  const [failures, setFailures] = useState<Record<number, string>>({});

  const connect = async (community: VkGatewayOfferedCommunity): Promise<string> => {
    const made = await call(
      integrationsConnectCommunity({
        body: {
          project_id: projectId,
          channel: 'vk',
          connection_id: connection.id,
          community_id: community.community_id,
          history: history === 'none' ? null : history,
        },
      }),
    );
    for (const widgetId of chosenWidgets) {
      await call(widgetConfigAddChannel({ path: { widget_id: widgetId, integration_id: made.id } }));
    }
    return made.id;
  };
  const wordsOf = (error: unknown, name: string): string => {
    if (!(error instanceof Refusal) || error.code !== 'community_already_connected') return say(error);
    const { project_name: project } = error.problem;
    return project ? t('already_in_project', { name, project }) : t('already_elsewhere', { name });
  };
  const save = useMutation({
    mutationFn: async () => {
      const saved = { ...done };
      const failed: Record<number, string> = {};
      for (const one of connection.communities.filter(({ community_id: id }) => !(id in saved))) {
        try {
          saved[one.community_id] = await connect(one);
        } catch (error) {
          failed[one.community_id] = wordsOf(error, one.name);
        }
      }
      setDone(saved);
      setFailures(failed);
      return Object.keys(failed).length === 0;
    },
    onSuccess: async (isWhole) => {
      await client.invalidateQueries(integrationsQuery(projectId));
      if (!isWhole) return;
      tell(t('saved', { count: connection.communities.length }));
      await navigate({ to: '/projects/$projectId/integrations', params: { projectId } });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <Title order={2} size="h4">
          {t('options_title')}
        </Title>
        {connection.communities.map((one) => (
          <Card withBorder key={one.community_id} component="section" aria-label={one.name}>
            <Text fw={600} className="wrapping">
              {one.name}
              {one.community_id in done && ` · ${t('connected')}`}
            </Text>
            <Preflight connectionId={connection.id} community={one} />
            {failures[one.community_id] && (
              <Text role="alert" size="sm" c="var(--mantine-color-error)" mt="xs" className="wrapping">
                {failures[one.community_id]}
              </Text>
            )}
          </Card>
        ))}
        <Radio.Group
          label={t('history')}
          value={history}
          onChange={(value) => setHistory(value as IntegrationsHistoryDepth | 'none')}
        >
          <Stack gap={6} mt={6}>
            <Radio value="none" label={t('history_none')} />
            <Radio value="month" label={t('history_month')} />
            <Radio value="all" label={t('history_all')} />
          </Stack>
        </Radio.Group>
        {(widgets.data?.length ?? 0) > 0 && (
          <MultiSelect
            label={t('widgets')}
            data={widgets.data?.map((one) => ({ value: one.id, label: one.name }))}
            value={chosenWidgets}
            onChange={setChosenWidgets}
          />
        )}
        <Button type="submit" loading={save.isPending} style={{ alignSelf: 'start' }}>
          {t('save')}
        </Button>
      </Stack>
    </form>
  );
}

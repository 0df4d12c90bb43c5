import { Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import { call, type IntegrationsIntegrationDetails, integrationsDisconnectCommunity } from '~/api';
import { Failure } from '~/ui/notices';
import { tell } from '~/ui/tell';

import { useIntegrationTexts } from './codes';
import { widgetsOfQuery } from './queries';

interface Props {
  integration: IntegrationsIntegrationDetails;
  opened: boolean;
  onClose: () => void;
}

/** Asks before an integration is deleted, and names the widgets that it leaves. */
export function DeleteModal({ integration, opened, onClose }: Props) {
  const t = useIntegrationTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const projectId = integration.project_id;
  const widgets = useQuery({ ...widgetsOfQuery(projectId), enabled: opened });
  const used = (widgets.data ?? []).filter((widget) =>
    widget.channels.some((channel) => channel.integration_id === integration.id),
  );
  const remove = useMutation({
    mutationFn: () => call(integrationsDisconnectCommunity({ path: { integration_id: integration.id } })),
    onSuccess: async () => {
      tell(t('deleted_told', { name: integration.name }));
      await client.invalidateQueries({ queryKey: ['integrations', projectId] });
      await navigate({ to: '/projects/$projectId/integrations', params: { projectId } });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={t('delete_title', { name: integration.name })}>
      <Stack>
        <Text size="sm">{t('delete_about')}</Text>
        {used.length > 0 ? (
          <div>
            <Text size="sm">{t('delete_widgets')}</Text>
            <List size="sm">
              {used.map((widget) => (
                <List.Item key={widget.id} className="wrapping">
                  {widget.name}
                </List.Item>
              ))}
            </List>
          </div>
        ) : (
          widgets.isSuccess && <Text size="sm">{t('delete_no_widgets')}</Text>
        )}
        {remove.isError && <Failure error={remove.error} />}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t('delete_confirm')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

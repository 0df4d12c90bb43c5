import { Button, Card, List, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import {
  call,
  vkGatewayCreateConnection,
  type VkGatewayKeyConnectionInWritable,
  type VkGatewayOauthConnectionIn,
} from '~/api';
import { useTexts } from '~/i18n';
import { Failure } from '~/ui/notices';

interface Props {
  projectId: string;
  onConnection: (id: string) => void;
}

// The generator renames the schemas of a union but not its discriminator, so the type of the body is empty.
const begin = (body: VkGatewayOauthConnectionIn | VkGatewayKeyConnectionInWritable) =>
  call(vkGatewayCreateConnection({ body: body as never }));

/** What is needed, and the two ways: VK's consent page, or a community key. */
export function StartStep({ projectId, onConnection }: Props) {
  const t = useTexts('wizard');
  const [key, setKey] = useState('');
  const byVk = useMutation({
    mutationFn: () => begin({ project_id: projectId, method: 'oauth' }),
    onSuccess: (made) => {
      if (made.authorize_url) location.assign(made.authorize_url);
      else onConnection(made.id);
    },
  });
  const byKey = useMutation({
    mutationFn: () => begin({ project_id: projectId, method: 'key', key: key.trim() }),
    onSuccess: (made) => onConnection(made.id),
  });
  return (
    <Stack>
      <Card withBorder component="section">
        <Stack gap="sm" align="start">
          <Title order={2} size="h4">
            {t('before')}
          </Title>
          <List size="sm" spacing={4} icon={<IconCheck size={16} aria-hidden />} center={false}>
            <List.Item>{t('before_admin')}</List.Item>
            <List.Item>{t('before_messages')}</List.Item>
            <List.Item>{t('before_free')}</List.Item>
          </List>
          <Text size="sm" c="dimmed">
            {t('through_vk_about')}
          </Text>
          {byVk.isError && <Failure error={byVk.error} />}
          <Button loading={byVk.isPending || byVk.isSuccess} onClick={() => byVk.mutate()}>
            {t('through_vk')}
          </Button>
        </Stack>
      </Card>
      <Card withBorder component="section">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            byKey.mutate();
          }}
        >
          <Stack gap="sm" align="start">
            <Title order={2} size="h4">
              {t('or_key')}
            </Title>
            <PasswordInput
              label={t('key')}
              description={t('key_about')}
              autoComplete="off"
              required
              w="100%"
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            {byKey.isError && <Failure error={byKey.error} />}
            <Button type="submit" variant="default" loading={byKey.isPending}>
              {t('connect_key')}
            </Button>
          </Stack>
        </form>
      </Card>
    </Stack>
  );
}

import { ActionIcon, Alert, Button, Card, Group, Menu, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from '@tabler/icons-react';

import type { IntegrationsIntegrationOut, WidgetConfigSetup } from '~/api';
import { useLanguage, useTexts } from '~/i18n';

import { isShown, moved } from './setup';

interface Props {
  setup: WidgetConfigSetup;
  integrations: IntegrationsIntegrationOut[];
  onChange: (setup: WidgetConfigSetup) => void;
}

/** The channels of a widget in their order, and the communities that may join them. */
export function ChannelsCard({ setup, integrations, onChange }: Props) {
  const t = useTexts('widgets');
  const free = integrations.filter(
    (one) => !setup.channels.some((channel) => channel.integration_id === one.id),
  );
  const add = (id: string) => onChange({ ...setup, channels: [...setup.channels, { integration_id: id }] });
  return (
    <Card withBorder component="section">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t('channels')}
          </Title>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="compact-sm" variant="default" leftSection={<IconPlus size={16} aria-hidden />}>
                {t('add_channel')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {free.map((one) => (
                <Menu.Item key={one.id} onClick={() => add(one.id)} className="wrapping">
                  {one.name}
                </Menu.Item>
              ))}
              {free.length === 0 && (
                <Menu.Label>
                  {integrations.length > 0 ? t('add_channel_none') : t('no_integrations')}
                </Menu.Label>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
        {setup.channels.length === 0 ? (
          <Alert color="yellow">{t('channel_empty')}</Alert>
        ) : (
          <Text size="sm" c="dimmed">
            {t('channels_about')}
          </Text>
        )}
        {setup.channels.map((channel, index) => (
          <Channel
            key={channel.integration_id}
            setup={setup}
            index={index}
            integration={integrations.find((one) => one.id === channel.integration_id)}
            onChange={onChange}
          />
        ))}
      </Stack>
    </Card>
  );
}

interface ChannelProps {
  setup: WidgetConfigSetup;
  index: number;
  integration: IntegrationsIntegrationOut | undefined;
  onChange: (setup: WidgetConfigSetup) => void;
}

function Channel({ setup, index, integration, onChange }: ChannelProps) {
  const t = useTexts('widgets');
  const [language] = useLanguage();
  const channel = setup.channels[index];
  if (!channel) return null;
  const name = integration?.name ?? '…';
  const relabel = (text: string) =>
    onChange({
      ...setup,
      channels: setup.channels.map((one, at) =>
        at === index ? { ...one, label: { ...one.label, [language]: text } } : one,
      ),
    });
  return (
    <Group wrap="nowrap" align="end" gap={4}>
      <TextInput
        flex={1}
        miw={0}
        label={<span className="wrapping">{name}</span>}
        aria-label={t('label_of', { name })}
        description={
          integration && !isShown(integration.state, setup.show_unavailable)
            ? t('hidden', { state: t(`states.${integration.state}`) })
            : undefined
        }
        placeholder={setup.look.texts?.[language]?.vk_button || t('vk_button_default')}
        maxLength={100}
        value={channel.label?.[language] ?? ''}
        onChange={(event) => relabel(event.currentTarget.value)}
      />
      <ActionIcon
        size="input-sm"
        variant="default"
        disabled={index === 0}
        aria-label={t('up', { name })}
        onClick={() => onChange(moved(setup, index, -1))}
      >
        <IconArrowUp size={18} aria-hidden />
      </ActionIcon>
      <ActionIcon
        size="input-sm"
        variant="default"
        disabled={index === setup.channels.length - 1}
        aria-label={t('down', { name })}
        onClick={() => onChange(moved(setup, index, 1))}
      >
        <IconArrowDown size={18} aria-hidden />
      </ActionIcon>
      <ActionIcon
        size="input-sm"
        variant="default"
        aria-label={t('remove', { name })}
        onClick={() => onChange({ ...setup, channels: setup.channels.filter((_, at) => at !== index) })}
      >
        <IconX size={18} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

import { Avatar, Button, Checkbox, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  call,
  vkGatewayChooseCommunities,
  type VkGatewayConnectionOut,
  type VkGatewayOfferedCommunity,
  vkGatewayResolveLink,
} from '~/api';
import { type Translate, useTexts } from '~/i18n';
import { Failure } from '~/ui/notices';

import classes from '../integrations.module.css';

interface Props {
  connection: VkGatewayConnectionOut;
  onConnection: (id: string) => void;
}

/** The communities to choose from; those that cannot be connected say why. */
export function ChooseStep({ connection, onConnection }: Props) {
  const t = useTexts('wizard');
  const client = useQueryClient();
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState<number[]>([]);
  const choose = useMutation({
    mutationFn: () =>
      call(
        vkGatewayChooseCommunities({
          path: { connection_id: connection.id },
          body: { community_ids: chosen },
        }),
      ),
    onSuccess: async ({ authorize_url: next }) => {
      if (next) return location.assign(next);
      await client.invalidateQueries({ queryKey: ['connection', connection.id] });
      onConnection(connection.id);
    },
  });
  const toggle = (id: number) =>
    setChosen((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id]));
  const needle = wanted.trim().toLocaleLowerCase();
  const shown = connection.communities.filter((one) =>
    `${one.name} ${one.screen_name}`.toLocaleLowerCase().includes(needle),
  );
  return (
    <Stack component="section">
      <div>
        <Title order={2} size="h4">
          {t('choose_title')}
        </Title>
        <Text size="sm" c="dimmed">
          {connection.person?.name
            ? t('choose_about', { name: connection.person.name })
            : t('choose_about_nobody')}
        </Text>
      </div>
      {connection.lists_communities === false && <LinkForm connection={connection} />}
      {connection.communities.length > 5 && (
        <TextInput
          type="search"
          label={t('search')}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      {shown.length === 0 && connection.lists_communities !== false && (
        <Text>{needle ? t('nothing_found') : t('no_communities')}</Text>
      )}
      <Stack gap="xs">
        {shown.map((one) => (
          <Choice
            key={one.community_id}
            community={one}
            chosen={chosen.includes(one.community_id)}
            onToggle={() => toggle(one.community_id)}
          />
        ))}
      </Stack>
      {choose.isError && <Failure error={choose.error} />}
      <Button
        disabled={chosen.length === 0}
        loading={choose.isPending}
        onClick={() => choose.mutate()}
        style={{ alignSelf: 'start' }}
      >
        {t('further', { count: chosen.length })}
      </Button>
    </Stack>
  );
}

function Choice({
  community,
  chosen,
  onToggle,
}: {
  community: VkGatewayOfferedCommunity;
  chosen: boolean;
  onToggle: () => void;
}) {
  const t = useTexts('wizard');
  const obstacle = obstacleOf(community, t);
  return (
    <div className={classes.choice} data-disabled={obstacle ? '' : undefined}>
      <Avatar name={community.name} color="initials" alt="" />
      <Checkbox
        flex={1}
        miw={0}
        checked={chosen}
        disabled={obstacle !== null}
        onChange={onToggle}
        label={<span className="wrapping">{community.name}</span>}
        description={
          <span className="wrapping">
            {obstacle ?? (community.messages_enabled === false ? t('messages_off') : community.screen_name)}
          </span>
        }
      />
    </div>
  );
}

/** Why a community cannot be connected; null when it can, as far as VK tells. */
function obstacleOf(community: VkGatewayOfferedCommunity, t: Translate): string | null {
  if (community.claimed_by === 'this_project') return t('here_already');
  if (community.claimed_by === 'other_project') return t('elsewhere');
  if (community.is_admin !== false) return null;
  const { role } = community;
  return role ? t('role_too_low', { role: t(`roles.${role}`, { defaultValue: role }) }) : t('not_admin');
}

function LinkForm({ connection }: { connection: VkGatewayConnectionOut }) {
  const t = useTexts('wizard');
  const client = useQueryClient();
  const [link, setLink] = useState('');
  const add = useMutation({
    mutationFn: () => call(vkGatewayResolveLink({ path: { connection_id: connection.id }, body: { link } })),
    onSuccess: async () => {
      setLink('');
      await client.invalidateQueries({ queryKey: ['connection', connection.id] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Group align="end" gap="xs">
        <TextInput
          flex={1}
          miw={220}
          label={t('link')}
          description={t('link_about')}
          required
          value={link}
          onChange={(event) => setLink(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          {t('add_link')}
        </Button>
      </Group>
      {add.isError && <Failure error={add.error} />}
    </form>
  );
}

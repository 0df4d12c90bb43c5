import { ActionIcon, Badge, CloseButton, Group, Menu, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  call,
  type DialogsDialogOut,
  type DialogsTagOut,
  dialogsListTagsOfAProject,
  dialogsMakeTag,
  dialogsPutTagOn,
  dialogsTakeTagOff,
  useProblemText,
} from '~/api';
import { acceptDialog } from '~/feed';
import { useTexts } from '~/i18n';
import { useIsAtLeast } from '~/session/session';
import { tell } from '~/ui/tell';

/** The tags of a dialog; operators put them on and take them off, supervisors make new ones here, too. */
export function Tags({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('info');
  const work = useTagging(dialog);
  return (
    <Group gap={6}>
      {dialog.tags.map((tag) => (
        <Badge
          key={tag.id}
          color={tag.colour}
          variant="light"
          tt="none"
          maw="100%"
          rightSection={
            <CloseButton
              size={18}
              aria-label={t('tag_off', { name: tag.name })}
              onClick={() => work.mutate({ off: tag.id })}
            />
          }
        >
          {tag.name}
        </Badge>
      ))}
      <TagMenu dialog={dialog} onChoose={(id) => work.mutate({ on: id })} />
    </Group>
  );
}

function useTagging(dialog: DialogsDialogOut) {
  const say = useProblemText();
  return useMutation({
    mutationFn: (change: { on: string } | { off: string }) =>
      'on' in change
        ? call(dialogsPutTagOn({ path: { dialog_id: dialog.id, tag_id: change.on } }))
        : call(dialogsTakeTagOff({ path: { dialog_id: dialog.id, tag_id: change.off } })),
    onSuccess: acceptDialog,
    onError: (error) => tell(say(error), 'bad'),
  });
}

function TagMenu({ dialog, onChoose }: { dialog: DialogsDialogOut; onChoose: (tagId: string) => void }) {
  const t = useTexts('info');
  const say = useProblemText();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [query, setQuery] = useState('');
  const { project_id } = dialog;
  const mayMake = useIsAtLeast('supervisor', project_id);
  const { data } = useQuery({
    queryKey: ['tags', project_id],
    queryFn: () => call(dialogsListTagsOfAProject({ query: { project_id } })),
    enabled: opened,
  });
  const wanted = query.trim();
  const isOff = ({ id, name }: DialogsTagOut) =>
    dialog.tags.every((tag) => tag.id !== id) && name.toLowerCase().includes(wanted.toLowerCase());
  const found = data?.items.filter(isOff) ?? [];
  const isNew = wanted !== '' && !data?.items.some((tag) => tag.name.toLowerCase() === wanted.toLowerCase());
  const choose = (tagId: string) => {
    setQuery('');
    setOpened(false);
    onChoose(tagId);
  };
  const make = useMutation({
    mutationFn: () => call(dialogsMakeTag({ body: { project_id, name: wanted, colour: 'blue' } })),
    onSuccess: async (tag) => {
      await client.invalidateQueries({ queryKey: ['tags', project_id] });
      choose(tag.id);
    },
    onError: (error) => tell(say(error), 'bad'),
  });
  return (
    <Menu opened={opened} onChange={setOpened} shadow="md" position="bottom-start" width={240}>
      <Menu.Target>
        <ActionIcon variant="default" size="sm" aria-label={t('tag_add')} title={t('tag_add')}>
          <IconPlus size={14} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320}>
        <TextInput
          size="xs"
          m={4}
          data-autofocus
          aria-label={t('tag_search')}
          placeholder={t('tag_search')}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        {found.map((tag) => (
          <Menu.Item key={tag.id} closeMenuOnClick={false} onClick={() => choose(tag.id)}>
            <Badge color={tag.colour} variant="light" tt="none" maw="100%">
              {tag.name}
            </Badge>
          </Menu.Item>
        ))}
        {isNew && mayMake && (
          <Menu.Item closeMenuOnClick={false} disabled={make.isPending} onClick={() => make.mutate()}>
            {t('tag_make', { name: wanted })}
          </Menu.Item>
        )}
        {data && found.length === 0 && !(isNew && mayMake) && <Menu.Label>{t('tags_none')}</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}

import { Badge, Button, Group, Modal, NativeSelect, Stack, Table, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  call,
  dialogsChangeTag,
  type DialogsColour,
  dialogsDeleteTag,
  dialogsListTagsOfAProject,
  dialogsMakeTag,
  type DialogsTagOut,
} from '~/api';
import { useTexts } from '~/i18n';
import { useIsAtLeast } from '~/session/session';
import { Empty, Failure, Loading } from '~/ui/notices';

import { Question, Section } from './section';

const COLOURS: DialogsColour[] = [
  'gray',
  'red',
  'pink',
  'grape',
  'violet',
  'indigo',
  'blue',
  'cyan',
  'teal',
  'green',
  'lime',
  'yellow',
  'orange',
];

/** The tags of a project. */
export function TagsSection({ projectId }: { projectId: string }) {
  const t = useTexts('settings');
  const client = useQueryClient();
  const maySet = useIsAtLeast('supervisor', projectId);
  const [edited, setEdited] = useState<DialogsTagOut | 'new' | null>(null);
  const [deleted, setDeleted] = useState<DialogsTagOut | null>(null);
  const tags = useQuery({
    queryKey: ['settings-tags', projectId],
    queryFn: ({ signal }) => call(dialogsListTagsOfAProject({ query: { project_id: projectId }, signal })),
  });
  const reread = async () => {
    await client.invalidateQueries({ queryKey: ['settings-tags', projectId] });
    await client.invalidateQueries({ queryKey: ['tags', projectId] });
  };
  const remove = useMutation({
    mutationFn: (id: string) => call(dialogsDeleteTag({ path: { tag_id: id } })),
    onSuccess: async () => {
      setDeleted(null);
      await reread();
    },
  });
  return (
    <Section
      about={t('tags.about')}
      action={
        maySet && (
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEdited('new')}>
            {t('tags.add')}
          </Button>
        )
      }
    >
      {tags.isPending && <Loading />}
      {tags.isError && <Failure error={tags.error} onRetry={() => tags.refetch()} />}
      {tags.data?.items.length === 0 && <Empty title={t('tags.empty')}>{t('tags.empty_about')}</Empty>}
      <Table aria-label={t('section.tags')}>
        <Table.Tbody>
          {tags.data?.items.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Badge color={one.colour} variant="light" tt="none" c="var(--mantine-color-text)">
                  {one.name}
                </Badge>
              </Table.Td>
              {maySet && (
                <Table.Td>
                  <Group gap="xs" justify="end">
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`${t('edit')}: ${one.name}`}
                      onClick={() => setEdited(one)}
                    >
                      {t('edit')}
                    </Button>
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      aria-label={`${t('delete')}: ${one.name}`}
                      onClick={() => setDeleted(one)}
                    >
                      {t('delete')}
                    </Button>
                  </Group>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {edited && (
        <Editor
          projectId={projectId}
          tag={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onSaved={async () => {
            setEdited(null);
            await reread();
          }}
        />
      )}
      {deleted && (
        <Question
          title={t('tags.delete_title', { name: deleted.name })}
          about={t('tags.delete_about')}
          confirm={t('delete')}
          error={remove.error}
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate(deleted.id)}
          onClose={() => setDeleted(null)}
        />
      )}
    </Section>
  );
}

interface EditorProps {
  projectId: string;
  tag: DialogsTagOut | null;
  onSaved: () => Promise<void>;
  onClose: () => void;
}

function Editor({ projectId, tag, onSaved, onClose }: EditorProps) {
  const t = useTexts('settings');
  const [name, setName] = useState(tag?.name ?? '');
  const [colour, setColour] = useState<DialogsColour>((tag?.colour as DialogsColour) ?? 'blue');
  const save = useMutation({
    mutationFn: () =>
      tag
        ? call(dialogsChangeTag({ path: { tag_id: tag.id }, body: { name, colour } }))
        : call(dialogsMakeTag({ body: { project_id: projectId, name, colour } })),
    onSuccess: onSaved,
  });
  return (
    <Modal opened onClose={onClose} title={tag?.name ?? t('tags.add')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('tags.name')}
            required
            maxLength={50}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label={t('tags.colour')}
            value={colour}
            onChange={(event) => setColour(event.currentTarget.value as DialogsColour)}
            data={COLOURS.map((one) => ({ value: one, label: t(`tags.colours.${one}`) }))}
          />
          <Badge color={colour} variant="light" tt="none" c="var(--mantine-color-text)">
            {name || t('tags.name')}
          </Badge>
          {save.isError && <Failure error={save.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

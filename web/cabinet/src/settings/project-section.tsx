import { Button, Card, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { accountsDeleteProject, accountsRenameProject, call } from '~/api';
import { queryClient } from '~/api/queries';
import { useTexts } from '~/i18n';
import { sessionQuery, useIdentity, useIsAtLeast } from '~/session/session';
import { Failure } from '~/ui/notices';
import { tell } from '~/ui/tell';

/** The project's name, and its end. */
export function ProjectSection({ projectId }: { projectId: string }) {
  const t = useTexts('settings');
  const current = useIdentity().projects.find((one) => one.id === projectId)?.name ?? '';
  const isOwner = useIsAtLeast('owner', projectId);
  const [name, setName] = useState(current);
  const [isDeleting, setDeleting] = useState(false);
  const path = { project_id: projectId };
  const rename = useMutation({
    mutationFn: () => call(accountsRenameProject({ path, body: { name } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
      tell(t('saved'));
    },
  });
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <Group align="end">
          <TextInput
            label={t('project.name')}
            required
            maxLength={200}
            flex={1}
            maw={420}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={rename.isPending} disabled={name === current}>
            {t('save')}
          </Button>
        </Group>
        {rename.isError && <Failure error={rename.error} />}
      </form>
      {isOwner && (
        <Card withBorder>
          <Group justify="space-between">
            <Text size="sm">{t('project.delete')}</Text>
            <Button color="red" variant="outline" onClick={() => setDeleting(true)}>
              {t('project.delete')}
            </Button>
          </Group>
        </Card>
      )}
      {isDeleting && (
        <DeleteProject projectId={projectId} name={current} onClose={() => setDeleting(false)} />
      )}
    </Stack>
  );
}

function DeleteProject({
  projectId,
  name,
  onClose,
}: {
  projectId: string;
  name: string;
  onClose: () => void;
}) {
  const t = useTexts('settings');
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => call(accountsDeleteProject({ path: { project_id: projectId } })),
    // A whole new page: nothing of the project stays in the memory of the browser.
    onSuccess: () => location.assign('/'),
  });
  return (
    <Modal opened onClose={onClose} title={t('project.delete_title', { name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t('project.delete_about')}</Text>
          <TextInput
            label={t('project.name')}
            data-autofocus
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {remove.isError && <Failure error={remove.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button
              type="submit"
              color="red"
              disabled={typed.trim() !== name.trim()}
              loading={remove.isPending}
            >
              {t('project.delete')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

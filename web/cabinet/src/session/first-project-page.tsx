import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { accountsCreateProject, call } from '~/api';
import { queryClient } from '~/api/queries';
import { addTexts, useTexts } from '~/i18n';
import { Failure } from '~/ui/notices';
import { Page } from '~/ui/page';

import { sessionQuery } from './session';
import { texts } from './texts';

addTexts('session', texts);

/** Shown to a person who has no project, and to one who wants another. */
export function FirstProjectPage() {
  const t = useTexts('session');
  const [name, setName] = useState('');
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => call(accountsCreateProject({ body: { name } })),
    onSuccess: async (project) => {
      await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
      await navigate({ to: '/projects/$projectId/integrations', params: { projectId: project.id } });
    },
  });
  return (
    <main>
      <Page title={t('no_projects')} about={t('no_projects_about')} size="sm">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={t('project_name')}
              required
              maxLength={200}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {create.isError && <Failure error={create.error} />}
            <Button type="submit" loading={create.isPending} w="fit-content">
              {t('create_project')}
            </Button>
          </Stack>
        </form>
      </Page>
    </main>
  );
}

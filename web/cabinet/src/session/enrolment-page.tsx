import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { accountsEnrol, accountsShowEnrolment, call } from '~/api';
import { queryClient } from '~/api/queries';
import { LanguageSwitch } from '~/app/language-switch';
import { addTexts, useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Failure, Loading } from '~/ui/notices';

import { sessionQuery } from './session';
import { texts } from './texts';

addTexts('session', texts);

/** Accepting an invitation by its link: a name and a password, then inside. */
export function EnrolmentPage() {
  const t = useTexts('session');
  const formats = useFormats();
  const { token } = useParams({ from: '/enrolments/$token' });
  const navigate = useNavigate();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const enrolment = useQuery({
    queryKey: ['enrolment', token],
    queryFn: () => call(accountsShowEnrolment({ path: { token } })),
    staleTime: Infinity,
  });
  const asksEmail = enrolment.data?.email === null;
  const enrol = useMutation({
    mutationFn: () =>
      call(accountsEnrol({ path: { token }, body: { name, password, ...(asksEmail && { email }) } })),
    onSuccess: async (identity) => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, identity);
      await navigate({ to: '/', replace: true });
    },
  });
  if (enrolment.isPending) return <Loading />;
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="lg" w="100%" maw={420}>
        <Stack>
          <Title order={1} size="h2">
            Отклик
          </Title>
          <LanguageSwitch />
          {enrolment.isError ? (
            <Alert color="orange" title={t('invitation_over')}>
              {t('invitation_over_about')}
            </Alert>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                enrol.mutate();
              }}
            >
              <Stack>
                <Text className="wrapping">
                  {enrolment.data.project
                    ? t('invited_to', { project: enrolment.data.project })
                    : t('invited_first')}{' '}
                  {t('invited_until', { until: formats.full(enrolment.data.expires_at) })}
                </Text>
                {asksEmail ? (
                  <TextInput
                    label={t('email')}
                    type="email"
                    autoComplete="username"
                    required
                    value={email}
                    onChange={(event) => setEmail(event.currentTarget.value)}
                  />
                ) : (
                  <TextInput
                    label={t('email')}
                    value={enrolment.data.email ?? ''}
                    readOnly
                    autoComplete="username"
                  />
                )}
                <TextInput
                  label={t('your_name')}
                  description={t('your_name_about')}
                  autoComplete="name"
                  required
                  maxLength={100}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                />
                <PasswordInput
                  label={t('new_password')}
                  description={t('new_password_about')}
                  autoComplete="new-password"
                  required
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                />
                {enrol.isError && <Failure error={enrol.error} />}
                <Button type="submit" loading={enrol.isPending}>
                  {t('accept')}
                </Button>
              </Stack>
            </form>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}

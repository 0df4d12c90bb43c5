import {
  Anchor,
  Button,
  Center,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { accountsOpenSession, call } from '~/api';
import { queryClient } from '~/api/queries';
import { LanguageSwitch } from '~/app/language-switch';
import { addTexts, useTexts } from '~/i18n';
import { Failure } from '~/ui/notices';

import { installationQuery } from './demo';
import { sessionQuery } from './session';
import { texts } from './texts';

addTexts('session', texts);

/** The first page: e-mail and password; in the demo, its account and the way to the emulator. */
export function SignInPage() {
  const t = useTexts('session');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const navigate = useNavigate();
  const { to } = useSearch({ from: '/sign-in' });
  const demo = useQuery(installationQuery).data?.demo;
  const signIn = useMutation({
    mutationFn: () => call(accountsOpenSession({ body: { email, password } })),
    onSuccess: async (identity) => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, identity);
      await navigate({ to: to ?? '/', replace: true });
    },
  });
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="lg" w="100%" maw={400}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate();
          }}
        >
          <Stack>
            <Group justify="space-between" wrap="nowrap" align="start">
              <div>
                <Title order={1} size="h2">
                  Отклик
                </Title>
                <Text size="sm" c="dimmed">
                  {t('about')}
                </Text>
              </div>
              <LanguageSwitch />
            </Group>
            {demo && (
              <Paper bg="var(--mantine-primary-color-light)" p="sm">
                <Text size="sm">{t('demo', demo)}</Text>
                <Button
                  size="compact-sm"
                  variant="default"
                  my={6}
                  onClick={() => {
                    setEmail(demo.email);
                    setPassword(demo.password);
                  }}
                >
                  {t('demo_fill')}
                </Button>
                <Text size="sm">
                  <Anchor
                    href={demo.emulator_url}
                    target="_blank"
                    rel="noreferrer"
                    inherit
                    underline="always"
                  >
                    {t('demo_emulator')}
                  </Anchor>
                  : {t('demo_emulator_about')}
                </Text>
              </Paper>
            )}
            <TextInput
              label={t('email')}
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label={t('password')}
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {signIn.isError && <Failure error={signIn.error} />}
            <Button type="submit" loading={signIn.isPending}>
              {t('sign_in')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

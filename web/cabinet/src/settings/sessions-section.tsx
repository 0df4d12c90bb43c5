import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { accountsEndSession, accountsListSessions, call } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Failure, Loading } from '~/ui/notices';

import { Section } from './section';

/** Where the person is signed in. */
export function SessionsSection() {
  const t = useTexts('settings');
  const formats = useFormats();
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => call(accountsListSessions({ signal })),
  });
  const end = useMutation({
    mutationFn: (id: string) => call(accountsEndSession({ path: { session_id: id } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Section about={t('sessions.about')}>
      {sessions.isPending && <Loading />}
      {sessions.isError && <Failure error={sessions.error} onRetry={() => sessions.refetch()} />}
      {end.isError && <Failure error={end.error} />}
      {sessions.data?.items.map((one) => (
        <Card key={one.id} withBorder component="article">
          <Group justify="space-between">
            <Stack gap={0} flex={1} miw={180}>
              <Text size="sm" className="wrapping">
                {one.user_agent ?? t('sessions.no_agent')}
              </Text>
              <Text size="sm" c="dimmed">
                {t('sessions.last', { address: one.address ?? '—', when: formats.full(one.last_used_at) })}
              </Text>
            </Stack>
            {one.current ? (
              <Badge variant="default">{t('sessions.this')}</Badge>
            ) : (
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                loading={end.isPending && end.variables === one.id}
                onClick={() => end.mutate(one.id)}
              >
                {t('sessions.end')}
              </Button>
            )}
          </Group>
        </Card>
      ))}
    </Section>
  );
}

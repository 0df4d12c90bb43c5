import { Alert, Button, Card, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  type AccountsApiKeyOut,
  accountsListApiKeys,
  accountsMakeApiKey,
  accountsRevokeApiKey,
  type AccountsRole,
  call,
} from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Empty, Failure, Loading } from '~/ui/notices';

import { Copyable } from './copyable';
import { Question, Section } from './section';

const ROLES: AccountsRole[] = ['operator', 'supervisor', 'admin'];

/** Keys of the API for the customer's own programs. */
export function ApiKeysSection({ projectId }: { projectId: string }) {
  const t = useTexts('settings');
  const formats = useFormats();
  const client = useQueryClient();
  const key = ['api-keys', projectId];
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<AccountsApiKeyOut | null>(null);
  const keys = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      call(accountsListApiKeys({ path: { project_id: projectId }, query: { cursor: pageParam }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const reread = () => client.invalidateQueries({ queryKey: key });
  const revoke = useMutation({
    mutationFn: (id: string) => call(accountsRevokeApiKey({ path: { project_id: projectId, key_id: id } })),
    onSuccess: async () => {
      setRevoked(null);
      await reread();
    },
  });
  const items = keys.data?.pages.flatMap((page) => page.items);
  return (
    <Section
      about={t('keys.about')}
      action={
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setMaking(true)}>
          {t('keys.add')}
        </Button>
      }
    >
      {keys.isPending && <Loading />}
      {keys.isError && <Failure error={keys.error} onRetry={() => keys.refetch()} />}
      {items?.length === 0 && <Empty title={t('keys.empty')}>{t('keys.empty_about')}</Empty>}
      {items?.map((one) => (
        <Card key={one.id} withBorder component="article" aria-label={one.name}>
          <Group justify="space-between">
            <Stack gap={0} flex={1} miw={180}>
              <Text fw={600} className="wrapping">
                {one.name}
              </Text>
              <Text size="sm" c="dimmed" className="wrapping">
                {one.prefix}… · {t(`roles.${one.role}`)} ·{' '}
                {one.last_used_at
                  ? t('keys.used', { when: formats.full(one.last_used_at) })
                  : t('keys.unused')}
              </Text>
            </Stack>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              aria-label={`${t('keys.revoke')}: ${one.name}`}
              onClick={() => setRevoked(one)}
            >
              {t('keys.revoke')}
            </Button>
          </Group>
        </Card>
      ))}
      {keys.hasNextPage && (
        <Button variant="default" loading={keys.isFetchingNextPage} onClick={() => keys.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
      {isMaking && <MakeKey projectId={projectId} onMade={reread} onClose={() => setMaking(false)} />}
      {revoked && (
        <Question
          title={t('keys.revoke_title', { name: revoked.name })}
          about={t('keys.revoke_about')}
          confirm={t('keys.revoke')}
          error={revoke.error}
          isBusy={revoke.isPending}
          onConfirm={() => revoke.mutate(revoked.id)}
          onClose={() => setRevoked(null)}
        />
      )}
    </Section>
  );
}

function MakeKey({
  projectId,
  onMade,
  onClose,
}: {
  projectId: string;
  onMade: () => Promise<void>;
  onClose: () => void;
}) {
  const t = useTexts('settings');
  const [name, setName] = useState('');
  const [role, setRole] = useState<AccountsRole>('operator');
  const make = useMutation({
    mutationFn: () => call(accountsMakeApiKey({ path: { project_id: projectId }, body: { name, role } })),
    onSuccess: onMade,
  });
  if (make.data) {
    return (
      <Modal opened onClose={onClose} title={t('keys.made_title')}>
        <Alert mb="sm">{t('keys.made_about')}</Alert>
        <Copyable text={make.data.key} />
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title={t('keys.add')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('keys.name')}
            required
            maxLength={100}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label={t('people.role')}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as AccountsRole)}
            data={ROLES.map((one) => ({ value: one, label: t(`roles.${one}`) }))}
          />
          {make.isError && <Failure error={make.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('keys.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

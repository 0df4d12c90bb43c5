import { ActionIcon, Badge, Button, Group, Menu, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { IconDots, IconUserPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  accountsChangeRole,
  accountsInviteAgain,
  accountsListPeople,
  type AccountsPersonOut,
  accountsRemovePerson,
  type AccountsRole,
  call,
  useProblemText,
} from '~/api';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { Failure, Loading } from '~/ui/notices';
import { tell } from '~/ui/tell';

import { InviteModal, type Invitation, InvitationModal } from './invitations';
import { Question, Section } from './section';

const ROLES: AccountsRole[] = ['operator', 'supervisor', 'admin', 'owner'];

/** Who works in the project, with which role; invitations by link. */
export function PeopleSection({ projectId }: { projectId: string }) {
  const t = useTexts('settings');
  const client = useQueryClient();
  const key = ['people', projectId];
  const [isInviting, setInviting] = useState(false);
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const people = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      call(
        accountsListPeople({
          path: { project_id: projectId },
          query: { limit: 50, cursor: pageParam },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const reread = () => client.invalidateQueries({ queryKey: key });
  return (
    <Section
      about={t('people.about')}
      action={
        <Button leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setInviting(true)}>
          {t('people.invite')}
        </Button>
      }
    >
      {people.isPending && <Loading />}
      {people.isError && <Failure error={people.error} onRetry={() => people.refetch()} />}
      <Table.ScrollContainer minWidth={320}>
        <Table aria-label={t('section.people')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('people.name')}</Table.Th>
              <Table.Th>{t('people.role')}</Table.Th>
              <Table.Th aria-label={t('actions')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {people.data?.pages
              .flatMap((page) => page.items)
              .map((person) => (
                <PersonRow
                  key={person.id}
                  projectId={projectId}
                  person={person}
                  onChange={reread}
                  onLink={setInvitation}
                />
              ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {people.hasNextPage && (
        <Button variant="default" loading={people.isFetchingNextPage} onClick={() => people.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
      {isInviting && (
        <InviteModal
          projectId={projectId}
          onClose={() => setInviting(false)}
          onInvited={(made) => {
            setInviting(false);
            setInvitation(made);
            void reread();
          }}
        />
      )}
      {invitation && <InvitationModal invitation={invitation} onClose={() => setInvitation(null)} />}
    </Section>
  );
}

interface RowProps {
  projectId: string;
  person: AccountsPersonOut;
  onChange: () => Promise<void>;
  onLink: (invitation: Invitation) => void;
}

function PersonRow({ projectId, person, onChange, onLink }: RowProps) {
  const t = useTexts('settings');
  const say = useProblemText();
  const { operator } = useIdentity();
  const [isRemoving, setRemoving] = useState(false);
  const path = { project_id: projectId, person_id: person.id };
  const onError = (error: unknown) => tell(say(error), 'bad');
  const changeRole = useMutation({
    mutationFn: (role: AccountsRole) => call(accountsChangeRole({ path, body: { role } })),
    onSuccess: () => tell(t('saved')),
    onError,
    onSettled: onChange,
  });
  const remove = useMutation({ mutationFn: () => call(accountsRemovePerson({ path })), onSuccess: onChange });
  const again = useMutation({
    mutationFn: () => call(accountsInviteAgain({ path })),
    onSuccess: (link) => onLink({ email: person.email, link }),
    onError,
  });
  const name = person.name || person.email;
  return (
    <Table.Tr>
      <Table.Td>
        <Stack gap={0}>
          <Group gap={6}>
            <Text fw={500} className="wrapping">
              {name}
            </Text>
            {person.id === operator.id && <Badge variant="default">{t('people.you')}</Badge>}
            {!person.enrolled && <Badge variant="default">{t('people.invited')}</Badge>}
          </Group>
          <Text size="sm" c="dimmed" className="wrapping">
            {person.email}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td>
        <NativeSelect
          aria-label={t('people.role_of', { name })}
          value={person.role}
          disabled={changeRole.isPending}
          onChange={(event) => changeRole.mutate(event.currentTarget.value as AccountsRole)}
          data={ROLES.map((role) => ({ value: role, label: t(`roles.${role}`) }))}
        />
      </Table.Td>
      <Table.Td w={56}>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${t('actions')}: ${name}`}>
              <IconDots size={20} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {!person.enrolled && <Menu.Item onClick={() => again.mutate()}>{t('people.again')}</Menu.Item>}
            <Menu.Item color="red" onClick={() => setRemoving(true)}>
              {t('people.remove')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {isRemoving && (
          <Question
            title={t('people.remove_title', { name })}
            about={t('people.remove_about')}
            confirm={t('people.remove')}
            error={remove.error}
            isBusy={remove.isPending}
            onConfirm={() => remove.mutate()}
            onClose={() => setRemoving(false)}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

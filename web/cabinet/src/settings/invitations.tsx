import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { accountsAddPerson, type AccountsEnrolmentLinkOut, type AccountsRole, call } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Failure } from '~/ui/notices';

import { Copyable } from './copyable';

const INVITED_AS: AccountsRole[] = ['operator', 'supervisor', 'admin'];

/** A link for a person; none for one who uses Otklik already. */
export interface Invitation {
  email: string;
  link: AccountsEnrolmentLinkOut | null;
}

interface InviteProps {
  projectId: string;
  onInvited: (invitation: Invitation) => void;
  onClose: () => void;
}

/** Asks whom to invite and as what. */
export function InviteModal({ projectId, onInvited, onClose }: InviteProps) {
  const t = useTexts('settings');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<AccountsRole>('operator');
  const invite = useMutation({
    mutationFn: () => call(accountsAddPerson({ path: { project_id: projectId }, body: { email, role } })),
    onSuccess: (made) => onInvited({ email: made.email, link: made.enrolment }),
  });
  return (
    <Modal opened onClose={onClose} title={t('people.invite_title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('people.email')}
            type="email"
            required
            data-autofocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Radio.Group
            label={t('people.role')}
            value={role}
            onChange={(value) => setRole(value as AccountsRole)}
          >
            <Stack gap="xs" mt="xs">
              {INVITED_AS.map((one) => (
                <Radio key={one} value={one} label={t(`roles.${one}`)} description={t(`role_about.${one}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {invite.isError && <Failure error={invite.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={invite.isPending}>
              {t('people.invite')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Shows the link to pass on. */
export function InvitationModal({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const t = useTexts('settings');
  const formats = useFormats();
  const { email, link } = invitation;
  // The link of the API and the page for people end with the same token.
  const token = link?.url.split('/').at(-1) ?? '';
  return (
    <Modal opened onClose={onClose} title={t('people.link_title')}>
      <Stack>
        <Text size="sm" className="wrapping">
          {link
            ? t('people.link_about', { email, until: formats.full(link.expires_at) })
            : t('people.link_none', { email })}
        </Text>
        {link && <Copyable text={`${location.origin}/enrolments/${token}`} />}
      </Stack>
    </Modal>
  );
}

import { Modal, NavLink, ScrollArea, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { call, type DialogsDialogOut, dialogsListOperators, type DialogsPersonOut } from '~/api';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { Failure, Loading } from '~/ui/notices';

interface Props {
  dialog: DialogsDialogOut;
  isPending: boolean;
  onChoose: (operatorId: string) => void;
  onBack: () => void;
}

/** Whom to hand a dialog to: people of the project with how many dialogs they have, to be searched by name. */
export function TransferModal({ dialog, isPending, onChoose, onBack }: Props) {
  const t = useTexts('actions');
  const { operator } = useIdentity();
  const [query, setQuery] = useState('');
  const { data, error, refetch } = useQuery({
    queryKey: ['operators', dialog.project_id],
    queryFn: () => call(dialogsListOperators({ query: { project_id: dialog.project_id } })),
  });
  const isCandidate = ({ id, name }: DialogsPersonOut) =>
    id !== operator.id &&
    id !== dialog.operator?.id &&
    name.toLowerCase().includes(query.trim().toLowerCase());
  const found = data?.items.filter(isCandidate) ?? [];
  return (
    <Modal
      opened
      centered
      onClose={onBack}
      title={t('transfer_title')}
      closeButtonProps={{ 'aria-label': t('back') }}
    >
      <TextInput
        data-autofocus
        label={t('transfer_search')}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        mb="sm"
      />
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && found.length === 0 && (
        <Text size="sm" c="dimmed">
          {t(query ? 'transfer_none' : 'transfer_nobody')}
        </Text>
      )}
      <ScrollArea.Autosize mah="50vh">
        {found.map((person) => (
          <NavLink
            key={person.id}
            component="button"
            type="button"
            disabled={isPending}
            label={person.name}
            description={t('has_taken', { count: person.taken })}
            onClick={() => onChoose(person.id)}
          />
        ))}
      </ScrollArea.Autosize>
    </Modal>
  );
}

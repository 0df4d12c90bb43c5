import { Button, Group, Modal, Text } from '@mantine/core';

import type { DialogsDialogOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

interface Props {
  dialog: DialogsDialogOut;
  isPending: boolean;
  onClose: () => void;
  onBack: () => void;
}

/** Asks before a dialog is closed in which somebody waits for an answer. */
export function CloseModal({ dialog, isPending, onClose, onBack }: Props) {
  const t = useTexts('actions');
  const formats = useFormats();
  const since = dialog.unanswered_since;
  return (
    <Modal
      opened
      centered
      onClose={onBack}
      title={t('close_title')}
      closeButtonProps={{ 'aria-label': t('back') }}
    >
      <Text className="wrapping">
        {t('close_about', { name: dialog.contact.name, time: since ? formats.full(since) : '' })}
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onBack}>
          {t('back')}
        </Button>
        <Button data-autofocus loading={isPending} onClick={onClose}>
          {t('close_anyway')}
        </Button>
      </Group>
    </Modal>
  );
}

import { Button, Group, Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { call, type DialogsDialogOut, dialogsListMessagesOfADialog } from '~/api';
import { useTexts } from '~/i18n';

import classes from './composer.module.css';
import type { Posted } from './letters';
import { giveBack, insist } from './outbox';

/** Asks before a reply goes into a colleague's dialog, or behind what a colleague has just replied. */
export function QuestionModal({ posted, dialog }: { posted: Posted; dialog: DialogsDialogOut }) {
  const t = useTexts('composer');
  const { clientId } = posted.letter;
  const { code, who, messageId } = posted.question ?? {};
  const isTaken = code === 'dialog_taken';
  const values = { operator: who ?? t('a_colleague') };
  const back = () => giveBack(clientId);
  return (
    <Modal
      opened
      centered
      onClose={back}
      title={t(isTaken ? 'taken_title' : 'replied_title')}
      closeButtonProps={{ 'aria-label': t('back_to_draft') }}
    >
      <Text mb="sm">{t(isTaken ? 'taken' : 'replied', values)}</Text>
      {messageId && <ColleaguesText dialogId={dialog.id} messageId={messageId} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={back}>
          {t('back_to_draft')}
        </Button>
        <Button data-autofocus onClick={() => insist(clientId)}>
          {t(isTaken ? 'take_over' : 'send_anyway')}
        </Button>
      </Group>
    </Modal>
  );
}

function ColleaguesText({ dialogId, messageId }: { dialogId: string; messageId: string }) {
  const t = useTexts('composer');
  const { data } = useQuery({
    queryKey: ['colleagues-reply', dialogId, messageId],
    queryFn: () =>
      call(
        dialogsListMessagesOfADialog({
          path: { dialog_id: dialogId },
          query: { around: messageId, limit: 1 },
        }),
      ),
  });
  const found = data?.items.find((message) => message.id === messageId);
  if (!found) return null;
  return <blockquote className={classes.colleague}>{found.text || t('quoted_attachment')}</blockquote>;
}

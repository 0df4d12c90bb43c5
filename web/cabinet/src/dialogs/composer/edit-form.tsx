import { ActionIcon, CloseButton } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { call, dialogsEdit, type DialogsMessageOut, useProblemText } from '~/api';
import { useTexts } from '~/i18n';
import { tell } from '~/ui/tell';

import classes from './composer.module.css';
import { Counter } from './counter';
import { editMessage } from './editing';
import { TextField, useCaret } from './text-field';
import { lengthOf } from './units';

const end = () => editMessage(null);

/** Changes a message that was sent from here; the draft waits meanwhile. */
export function EditForm({ message, isPhone }: { message: DialogsMessageOut; isPhone: boolean }) {
  const t = useTexts('composer');
  const say = useProblemText();
  const [text, setText] = useState(message.text);
  const { fieldRef, place } = useCaret();
  useEffect(() => place(), [place]);
  const edit = useMutation({
    mutationFn: () =>
      call(
        dialogsEdit({
          path: { dialog_id: message.dialog_id, message_id: message.id },
          body: { text, expected_version: message.version },
        }),
      ),
    onSuccess: end,
    onError: (error) => tell(say(error), 'bad'),
  });
  const isEmpty = text.trim() === '' && message.content.attachments.length === 0;
  const canSend = !isEmpty && !lengthOf(text).isOver && !edit.isPending;
  const send = () => {
    if (!canSend) return;
    if (text === message.text) end();
    else edit.mutate();
  };
  return (
    <>
      <div className={classes.quote}>
        <div className={classes.quoteText}>
          <b>{t('editing')}</b>
          <span>{message.text}</span>
        </div>
        <CloseButton aria-label={t('edit_end')} onClick={end} />
      </div>
      <div className={classes.field}>
        <TextField
          fieldRef={fieldRef}
          value={text}
          isPhone={isPhone}
          aria-label={t('edit_text')}
          onChange={setText}
          onSend={send}
          onKey={({ key }) => {
            if (key === 'Escape') end();
            return key === 'Escape';
          }}
        />
      </div>
      <div className={classes.tools}>
        <span className={classes.spring} />
        <Counter text={text} />
        <ActionIcon
          size={isPhone ? 44 : 'lg'}
          variant="filled"
          disabled={!canSend}
          onClick={send}
          aria-label={t('keep_edit')}
          title={t('keep_edit')}
        >
          <IconCheck size={20} aria-hidden />
        </ActionIcon>
      </div>
    </>
  );
}

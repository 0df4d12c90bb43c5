import { ActionIcon, SegmentedControl, Text } from '@mantine/core';
import { IconPaperclip, IconSend2, IconSlash } from '@tabler/icons-react';
import { useRef } from 'react';

import type { DialogsDialogOut } from '~/api';
import { useHotkey } from '~/dialogs/actions/hotkeys';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';

import classes from './composer.module.css';
import { Counter } from './counter';
import { changeDraft, type Draft, isWorth, useDraft } from './drafts';
import { FileChips } from './file-chips';
import { ReplyNotice } from './reply-notice';
import { obstacleOf } from './obstacle';
import { post } from './outbox';
import { Quote } from './quote';
import { draftWith } from './quick-answer';
import { QuickAnswers, useQuickAnswers } from './quick-answers';
import { SendKeyMenu } from './send-key-menu';
import { useSeenNumber } from './seen-number';
import { replaced } from './slash';
import { TextField, useCaret } from './text-field';
import { useUploads } from './uploads';
import { variablesOf } from './variables';

interface Props {
  dialog: DialogsDialogOut;
  isPhone: boolean;
  onAttach: (files: File[]) => void;
  onTyping: () => void;
}

/** A reply or a note in the making. */
export function WriteForm({ dialog, isPhone, onAttach, onTyping }: Props) {
  const t = useTexts('composer');
  const { operator } = useIdentity();
  const draft = useDraft(operator.id, dialog.id);
  const uploads = useUploads(dialog.id);
  const seenNumber = useSeenNumber(dialog.id);
  const { field, fieldRef, place } = useCaret();
  const isNote = draft.mode === 'note';
  const isOff = !isNote && !dialog.can_reply.allowed;
  const update = (change: Partial<Draft>) => {
    // What colleagues reply from here on is news to the writer.
    const isBegun = isWorth(draft) && draft.seenNumber !== null;
    changeDraft(operator.id, dialog.id, isBegun ? change : { ...change, seenNumber });
  };
  const obstacle = isOff ? 'off' : obstacleOf(draft, uploads);

  const calls = useQuickAnswers(dialog.project_id, (called, chosen) => {
    const variables = variablesOf(dialog.contact.name, operator.name, dialog.community_name ?? '');
    const { caret, ...change } = draftWith(draft, called, chosen, variables);
    update(change);
    place(caret);
  });
  const send = () => {
    if (obstacle) return;
    post(dialog.project_id, dialog.id);
    calls.end();
    field.current?.focus();
  };
  const switchMode = () => {
    update({ mode: isNote ? 'reply' : 'note' });
    place();
  };
  useHotkey('KeyN', switchMode);
  const callAnswers = () => {
    const caret = field.current?.selectionStart ?? draft.text.length;
    const slash = draft.text.slice(0, caret).search(/\S$/) >= 0 ? ' /' : '/';
    const { text, caret: behind } = replaced(draft.text, { query: '', start: caret, end: caret }, slash);
    update({ text });
    calls.look(text, behind);
    place(behind);
  };

  return (
    <>
      <ReplyNotice dialog={dialog} isNote={isNote} />
      {draft.quoted && !isNote && !isOff && (
        <Quote quoted={draft.quoted} onEnd={() => update({ quoted: null })} />
      )}
      {!isNote && !isOff && <FileChips dialog={dialog} files={draft.files} />}
      {!isOff && (
        <div className={classes.field}>
          <QuickAnswers calls={calls} />
          <TextField
            {...calls.field}
            fieldRef={fieldRef}
            value={draft.text}
            isPhone={isPhone}
            aria-label={t(isNote ? 'note_text' : 'reply_text')}
            placeholder={t(isNote ? 'note_placeholder' : 'reply_placeholder')}
            onChange={(text, caret) => {
              update({ text });
              calls.look(text, caret);
              if (!isNote) onTyping();
            }}
            onKey={calls.onKey}
            onSend={send}
            {...(!isNote && { onFiles: onAttach })}
          />
        </div>
      )}
      <div className={classes.tools}>
        <SegmentedControl
          size="xs"
          value={draft.mode}
          onChange={(mode) => mode !== draft.mode && switchMode()}
          data={[
            { value: 'reply', label: t('reply') },
            { value: 'note', label: t('note') },
          ]}
          aria-label={t('mode')}
        />
        {!isNote && !isOff && <AttachButton onFiles={onAttach} />}
        {!isOff && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={callAnswers}
            aria-label={t('quick_answers')}
            title={t('quick_answers')}
          >
            <IconSlash size={20} aria-hidden />
          </ActionIcon>
        )}
        {!isPhone && !isOff && <SendKeyMenu />}
        <span className={classes.spring} />
        <Counter text={draft.text} isNote={isNote} />
        {obstacle === 'uploading' && (
          <Text size="xs" c="dimmed">
            {t('uploading')}
          </Text>
        )}
        {!isOff && (
          <ActionIcon
            size={isPhone ? 44 : 'lg'}
            variant="filled"
            color={isNote ? 'yellow' : 'blue'}
            onClick={send}
            disabled={obstacle !== null}
            aria-label={t(isNote ? 'keep_note' : 'send')}
            title={t(isNote ? 'keep_note' : 'send')}
          >
            <IconSend2 size={20} aria-hidden />
          </ActionIcon>
        )}
      </div>
    </>
  );
}

function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useTexts('composer');
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t('attach')}
        title={t('attach_about')}
        onClick={() => picker.current?.click()}
      >
        <IconPaperclip size={20} aria-hidden />
      </ActionIcon>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('attach')}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          target.value = '';
        }}
      />
    </>
  );
}

import { ActionIcon, Button, Group, Textarea } from '@mantine/core';
import { IconNote, IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { call, dialogsChangeNote, dialogsDeleteNote, type DialogsNoteOut, useProblemText } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { useIdentity, useIsAtLeast } from '~/session/session';
import { tell } from '~/ui/tell';

import classes from './message.module.css';
import { RichText } from './rich-text';

interface Props {
  note: DialogsNoteOut;
  projectId: string;
}

/** A private note of the team: never sent. Its author and supervisors change or delete it. */
export function NoteRow({ note, projectId }: Props) {
  const t = useTexts('thread');
  const { time, full } = useFormats();
  const { operator } = useIdentity();
  const [mode, setMode] = useState<'read' | 'edit' | 'delete'>('read');
  const isSupervisor = useIsAtLeast('supervisor', projectId);
  const mayChange = isSupervisor || note.author.id === operator.id;
  const name = note.author.id === operator.id ? t('you') : (note.author.name ?? t('colleague'));
  return (
    <article className={classes.note} aria-label={t('note_of', { name })}>
      <header className={classes.noteHead}>
        <IconNote size={16} aria-hidden />
        <span className={classes.noteAbout}>
          {t('note_of', { name })} · {t('note_about')} ·{' '}
          <time title={full(note.created_at)}>{time(note.created_at)}</time>
          {note.edited_at && ` · ${t('edited')}`}
        </span>
        {mayChange && (
          <>
            <ActionIcon
              variant="transparent"
              color="inherit"
              aria-label={t('note_edit')}
              onClick={() => setMode('edit')}
            >
              <IconPencil size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="transparent"
              color="inherit"
              aria-label={t('note_delete')}
              onClick={() => setMode('delete')}
            >
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
          </>
        )}
      </header>
      {mode === 'edit' ? (
        <NoteForm note={note} onEnd={() => setMode('read')} />
      ) : (
        <RichText text={note.text} />
      )}
      {mode === 'delete' && <NoteDeletion note={note} onEnd={() => setMode('read')} />}
    </article>
  );
}

interface FormProps {
  note: DialogsNoteOut;
  onEnd: () => void;
}

const pathOf = (note: DialogsNoteOut) => ({ dialog_id: note.dialog_id, note_id: note.id });

function NoteForm({ note, onEnd }: FormProps) {
  const t = useTexts('thread');
  const say = useProblemText();
  const [text, setText] = useState(note.text);
  const change = useMutation({
    mutationFn: () => call(dialogsChangeNote({ path: pathOf(note), body: { text } })),
    onSuccess: onEnd,
    onError: (error) => tell(say(error), 'bad'),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Textarea
        aria-label={t('note_edit')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={10_000}
        rows={3}
        resize="vertical"
        data-autofocus
      />
      <Group gap="xs" mt="xs" justify="flex-end">
        <Button size="compact-sm" variant="default" onClick={onEnd}>
          {t('cancel')}
        </Button>
        <Button size="compact-sm" type="submit" loading={change.isPending} disabled={!text.trim()}>
          {t('save')}
        </Button>
      </Group>
    </form>
  );
}

function NoteDeletion({ note, onEnd }: FormProps) {
  const t = useTexts('thread');
  const say = useProblemText();
  const deletion = useMutation({
    mutationFn: () => call(dialogsDeleteNote({ path: pathOf(note) })),
    onSuccess: () => tell(t('note_deleted')),
    onError: (error) => tell(say(error), 'bad'),
  });
  return (
    <Group gap="xs" mt="xs" justify="flex-end">
      <Button size="compact-sm" variant="default" onClick={onEnd}>
        {t('cancel')}
      </Button>
      <Button size="compact-sm" color="red" loading={deletion.isPending} onClick={() => deletion.mutate()}>
        {t('note_delete')}
      </Button>
    </Group>
  );
}

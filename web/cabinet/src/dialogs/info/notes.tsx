import { ActionIcon, Button, Group, Text, Textarea } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  call,
  type DialogsDialogOut,
  type DialogsNoteOut,
  dialogsChangeNote,
  dialogsDeleteNote,
  dialogsListNotesOfADialog,
  dialogsWriteNote,
  useProblemText,
} from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { useIdentity, useIsAtLeast } from '~/session/session';
import { Failure } from '~/ui/notices';
import { tell } from '~/ui/tell';

import classes from './info-panel.module.css';

const PAGE = 20;
const notesKey = (dialog: DialogsDialogOut) => ['notes', dialog.project_id, dialog.id, 'list'];

/** What colleagues have noted about the person; they themselves never see it. */
export function Notes({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('info');
  const path = { dialog_id: dialog.id };
  const notes = useInfiniteQuery({
    queryKey: notesKey(dialog),
    queryFn: ({ pageParam }) =>
      call(dialogsListNotesOfADialog({ path, query: { cursor: pageParam, limit: PAGE } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const items = notes.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {notes.error && <Failure error={notes.error} onRetry={() => void notes.refetch()} />}
      <ul className={classes.notes}>
        {items.map((note) => (
          <NoteItem key={note.id} dialog={dialog} note={note} />
        ))}
      </ul>
      {notes.hasNextPage && (
        <Button size="compact-xs" variant="subtle" onClick={() => void notes.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
      <NewNote dialog={dialog} />
    </>
  );
}

function useNoteWork<T>(dialog: DialogsDialogOut, work: (wanted: T) => Promise<unknown>, onDone: () => void) {
  const client = useQueryClient();
  const say = useProblemText();
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['notes', dialog.project_id, dialog.id] });
      onDone();
    },
    onError: (error) => tell(say(error), 'bad'),
  });
}

function NewNote({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('info');
  const [isOpen, setIsOpen] = useState(false);
  // Its name stays until it is kept, so that a second try does not make a second note.
  const [clientId, setClientId] = useState(() => crypto.randomUUID());
  const write = useNoteWork(
    dialog,
    (text: string) =>
      call(dialogsWriteNote({ path: { dialog_id: dialog.id }, body: { client_id: clientId, text } })),
    () => {
      setClientId(crypto.randomUUID());
      setIsOpen(false);
    },
  );
  if (!isOpen) {
    return (
      <Button size="compact-sm" variant="default" onClick={() => setIsOpen(true)}>
        {t('note_add')}
      </Button>
    );
  }
  return (
    <NoteForm
      text=""
      isPending={write.isPending}
      // Another text is another note.
      onChange={() => write.isError && setClientId(crypto.randomUUID())}
      onKeep={(text) => write.mutate(text)}
      onEnd={() => setIsOpen(false)}
    />
  );
}

function NoteItem({ dialog, note }: { dialog: DialogsDialogOut; note: DialogsNoteOut }) {
  const t = useTexts('info');
  const formats = useFormats();
  const { operator } = useIdentity();
  const isSupervisor = useIsAtLeast('supervisor', dialog.project_id);
  const [isOpen, setIsOpen] = useState(false);
  const path = { dialog_id: dialog.id, note_id: note.id };
  const change = useNoteWork(
    dialog,
    (text: string) => call(dialogsChangeNote({ path, body: { text } })),
    () => setIsOpen(false),
  );
  const remove = useNoteWork(
    dialog,
    () => call(dialogsDeleteNote({ path })),
    () => undefined,
  );
  const mayChange = isSupervisor || note.author.id === operator.id;
  if (isOpen) {
    return (
      <li className={classes.note}>
        <NoteForm
          text={note.text}
          isPending={change.isPending}
          onKeep={(text) => change.mutate(text)}
          onEnd={() => setIsOpen(false)}
        />
      </li>
    );
  }
  return (
    <li className={classes.note}>
      <div className={classes.noteText}>{note.text}</div>
      <Group gap={4} justify="space-between" wrap="nowrap">
        <Text size="xs" className="wrapping">
          {[
            note.author.name ?? t('a_colleague'),
            formats.full(note.created_at),
            note.edited_at && t('edited'),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
        {mayChange && (
          <Group gap={0} wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t('note_edit')}
              onClick={() => setIsOpen(true)}
            >
              <IconPencil size={14} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t('note_delete')}
              loading={remove.isPending}
              onClick={() => remove.mutate(undefined)}
            >
              <IconTrash size={14} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Group>
    </li>
  );
}

interface FormProps {
  text: string;
  isPending: boolean;
  onChange?: () => void;
  onKeep: (text: string) => void;
  onEnd: () => void;
}

function NoteForm({ text: before, isPending, onChange, onKeep, onEnd }: FormProps) {
  const t = useTexts('info');
  const [text, setText] = useState(before);
  return (
    <>
      <Textarea
        data-autofocus
        size="sm"
        rows={3}
        maxLength={10_000}
        aria-label={t('note_text')}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          onChange?.();
        }}
      />
      <Group gap="xs" mt={6}>
        <Button size="compact-sm" disabled={!text.trim()} loading={isPending} onClick={() => onKeep(text)}>
          {t('keep')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onEnd}>
          {t('cancel')}
        </Button>
      </Group>
    </>
  );
}

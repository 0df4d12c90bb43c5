import { Button, Card, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  call,
  dialogsChangeQuickAnswer,
  dialogsDeleteQuickAnswer,
  dialogsListQuickAnswersOfAProject,
  dialogsMakeQuickAnswer,
  type DialogsQuickAnswerOut,
} from '~/api';
import { useTexts } from '~/i18n';
import { Empty, Failure, Loading } from '~/ui/notices';

import { Question, Section } from './section';

/** The answers that operators bring up with `/`. */
export function QuickAnswersSection({ projectId }: { projectId: string }) {
  const t = useTexts('settings');
  const client = useQueryClient();
  const [edited, setEdited] = useState<DialogsQuickAnswerOut | 'new' | null>(null);
  const [deleted, setDeleted] = useState<DialogsQuickAnswerOut | null>(null);
  const answers = useQuery({
    queryKey: ['settings-quick-answers', projectId],
    queryFn: ({ signal }) =>
      call(dialogsListQuickAnswersOfAProject({ query: { project_id: projectId }, signal })),
  });
  const reread = async () => {
    await client.invalidateQueries({ queryKey: ['settings-quick-answers', projectId] });
    await client.invalidateQueries({ queryKey: ['quick-answers', projectId] });
  };
  const remove = useMutation({
    mutationFn: (id: string) => call(dialogsDeleteQuickAnswer({ path: { quick_answer_id: id } })),
    onSuccess: async () => {
      setDeleted(null);
      await reread();
    },
  });
  return (
    <Section
      about={t('quick.about')}
      action={
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEdited('new')}>
          {t('quick.add')}
        </Button>
      }
    >
      {answers.isPending && <Loading />}
      {answers.isError && <Failure error={answers.error} onRetry={() => answers.refetch()} />}
      {answers.data?.items.length === 0 && <Empty title={t('quick.empty')}>{t('quick.empty_about')}</Empty>}
      {answers.data?.items.map((one) => (
        <Card key={one.id} withBorder component="article" aria-label={`/${one.shortcut}`}>
          <Group justify="space-between" align="start">
            <Stack gap={2} flex={1} miw={180}>
              <Text fw={600} className="wrapping">
                /{one.shortcut} {one.title && `· ${one.title}`}
              </Text>
              <Text size="sm" className="wrapping" lineClamp={4} style={{ whiteSpace: 'pre-wrap' }}>
                {one.text}
              </Text>
            </Stack>
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={() => setEdited(one)}>
                {t('edit')}
              </Button>
              <Button size="compact-sm" variant="subtle" color="red" onClick={() => setDeleted(one)}>
                {t('delete')}
              </Button>
            </Group>
          </Group>
        </Card>
      ))}
      {edited && (
        <Editor
          projectId={projectId}
          answer={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onSaved={async () => {
            setEdited(null);
            await reread();
          }}
        />
      )}
      {deleted && (
        <Question
          title={t('quick.delete_title', { name: deleted.shortcut })}
          confirm={t('delete')}
          error={remove.error}
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate(deleted.id)}
          onClose={() => setDeleted(null)}
        />
      )}
    </Section>
  );
}

interface EditorProps {
  projectId: string;
  answer: DialogsQuickAnswerOut | null;
  onSaved: () => Promise<void>;
  onClose: () => void;
}

function Editor({ projectId, answer, onSaved, onClose }: EditorProps) {
  const t = useTexts('settings');
  const [shortcut, setShortcut] = useState(answer?.shortcut ?? '');
  const [title, setTitle] = useState(answer?.title ?? '');
  const [text, setText] = useState(answer?.text ?? '');
  const save = useMutation({
    mutationFn: () =>
      answer
        ? call(
            dialogsChangeQuickAnswer({
              path: { quick_answer_id: answer.id },
              body: { shortcut, title, text },
            }),
          )
        : call(dialogsMakeQuickAnswer({ body: { project_id: projectId, shortcut, title, text } })),
    onSuccess: onSaved,
  });
  const names = {
    contact: '{{contact}}',
    first_name: '{{first_name}}',
    operator: '{{operator}}',
    community: '{{community}}',
  };
  return (
    <Modal opened onClose={onClose} title={answer ? `/${answer.shortcut}` : t('quick.add')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('quick.shortcut')}
            description={t('quick.shortcut_about')}
            leftSection="/"
            required
            maxLength={32}
            data-autofocus
            value={shortcut}
            onChange={(event) => setShortcut(event.currentTarget.value.replace(/\s/g, ''))}
          />
          <TextInput
            label={t('quick.name')}
            maxLength={100}
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <Textarea
            label={t('quick.text')}
            description={t('quick.text_about', names)}
            required
            autosize
            minRows={4}
            maxRows={12}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          {save.isError && <Failure error={save.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

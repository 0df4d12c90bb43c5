import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { call, type DialogsMessageOut, dialogsListVersionsOfAMessage, type DialogsVersionOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Failure, Loading } from '~/ui/notices';
import '~/ui/styles';

import { Attachments } from './attachments/attachments';
import classes from './message.module.css';
import { RichText } from './rich-text';
import type { Asked } from './use-message-actions';

interface Props {
  asked: NonNullable<Asked>;
  onClose: () => void;
  onDelete: (message: DialogsMessageOut) => void;
}

/** What a message's actions ask or show in a window: its earlier versions, whether to delete it. */
export function MessageWindow({ asked: { kind, message }, onClose, onDelete }: Props) {
  const t = useTexts('thread');
  if (kind === 'versions') {
    return (
      <Modal opened onClose={onClose} title={t('versions.title')}>
        <Versions message={message} />
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title={t('delete_confirm.title')}>
      <Text size="sm">{t('delete_confirm.about')}</Text>
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button color="red" onClick={() => onDelete(message)}>
          {t('menu.delete')}
        </Button>
      </Group>
    </Modal>
  );
}

function Versions({ message }: { message: DialogsMessageOut }) {
  const path = { dialog_id: message.dialog_id, message_id: message.id };
  const versions = useQuery({
    queryKey: ['versions', message.id, message.version],
    queryFn: () => call(dialogsListVersionsOfAMessage({ path })),
  });
  if (versions.error) return <Failure error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Loading />;
  return (
    <Stack component="ol" gap="sm" className={classes.versions}>
      {versions.data.items.map((version) => (
        <VersionLine key={version.since ?? 'first'} version={version} />
      ))}
    </Stack>
  );
}

function VersionLine({ version }: { version: DialogsVersionOut }) {
  const t = useTexts('thread');
  const { full } = useFormats();
  const since = version.since ? t('versions.since', { time: full(version.since) }) : t('versions.original');
  return (
    <li className={classes.version}>
      <span className={classes.quiet}>{[since, version.author.name].filter(Boolean).join(' · ')}</span>
      {version.text ? (
        <RichText text={version.text} styles={version.content.styles} />
      ) : (
        <span className={classes.quiet}>{t('versions.empty')}</span>
      )}
      <Attachments attachments={version.content.attachments} location={version.content.location} />
    </li>
  );
}

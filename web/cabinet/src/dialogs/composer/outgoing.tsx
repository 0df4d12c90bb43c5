import { Button, Group, Loader, Text } from '@mantine/core';

import type { DialogsDialogOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './composer.module.css';
import type { Posted } from './letters';
import { again, discard, useLetters } from './outbox';
import { QuestionModal } from './question-modal';

/** What is written and not yet with the server: on its way, waiting for the connection, or asking something. */
export function Outgoing({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('composer');
  const letters = useLetters(dialog.id);
  const asking = letters.find((one) => one.state === 'asking');
  if (letters.length === 0) return null;
  return (
    <>
      <ul className={classes.letters} aria-label={t('outgoing')}>
        {letters.map((one) => (
          <OutgoingLetter key={one.letter.clientId} posted={one} />
        ))}
      </ul>
      {asking && <QuestionModal key={asking.letter.clientId} posted={asking} dialog={dialog} />}
    </>
  );
}

function OutgoingLetter({ posted: { letter, state, code } }: { posted: Posted }) {
  const t = useTexts('composer');
  const { text, files, mode } = letter.draft;
  const isLost = state === 'lost';
  return (
    <li className={classes.letter} data-mode={mode} data-lost={isLost || undefined}>
      <span className={classes.letterText}>{text || files.map((file) => file.name).join(', ')}</span>
      {isLost ? (
        <Group gap="xs" justify="flex-end" role="alert">
          <Text size="xs">{t(`lost.${code === 'offline' || code === 'left_behind' ? code : 'unanswered'}`)}</Text>
          <Button size="compact-xs" onClick={() => again(letter.clientId)}>
            {t('again')}
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => discard(letter.clientId)}>
            {t('discard')}
          </Button>
        </Group>
      ) : (
        <Loader size={12} aria-label={t('sending')} />
      )}
    </li>
  );
}

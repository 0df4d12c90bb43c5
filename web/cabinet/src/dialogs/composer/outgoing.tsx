import { Button, Group, Text } from '@mantine/core';

import type { DialogsDialogOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './composer.module.css';
import type { Posted } from './letters';
import { again, discard, useLetters } from './outbox';
import { QuestionModal } from './question-modal';

const KNOWN = new Set(['offline', 'left_behind']);

/** Letters that did not come through, or that ask something; those on their way stand in the thread. */
export function Outgoing({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('composer');
  const letters = useLetters(dialog.id);
  const asking = letters.find((one) => one.state === 'asking');
  const lost = letters.filter((one) => one.state === 'lost');
  return (
    <>
      {lost.length > 0 && (
        <ul className={classes.letters} aria-label={t('outgoing')}>
          {lost.map((one) => (
            <LostLetter key={one.letter.clientId} posted={one} />
          ))}
        </ul>
      )}
      {asking && <QuestionModal key={asking.letter.clientId} posted={asking} dialog={dialog} />}
    </>
  );
}

function LostLetter({ posted: { letter, refusal } }: { posted: Posted }) {
  const t = useTexts('composer');
  const { text, files, mode } = letter.draft;
  const code = refusal?.code ?? '';
  return (
    <li className={classes.letter} data-mode={mode}>
      <span className={classes.letterText}>{text || files.map((file) => file.name).join(', ')}</span>
      <Text size="xs" role="alert">
        {t(`lost.${KNOWN.has(code) ? code : 'unanswered'}`)}
      </Text>
      <Group gap="xs">
        <Button size="compact-sm" onClick={() => again(letter.clientId)}>
          {t('again')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => discard(letter.clientId)}>
          {t('discard')}
        </Button>
      </Group>
    </li>
  );
}

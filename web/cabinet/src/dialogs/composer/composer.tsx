import { useMediaQuery } from '@mantine/hooks';
import { useEffect } from 'react';

import type { DialogsDialogOut, DialogsMessageOut } from '~/api';
import { useProblemText } from '~/api';
import { PHONE } from '~/app/theme';
import { addTexts, useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import '~/ui/styles';
import { tell } from '~/ui/tell';

import classes from './composer.module.css';
import { changeDraft, useDraft } from './drafts';
import { DropZone } from './drop-zone';
import { useEdited } from './editing';
import { EditForm } from './edit-form';
import { onRefused, openOutbox } from './outbox';
import { Outgoing } from './outgoing';
import { PresenceLine } from './presence-line';
import { useBeingHere } from './presence';
import { texts } from './texts';
import { useAttaching } from './use-attaching';
import { WriteForm } from './write-form';

addTexts('composer', texts);

const QUOTE_CHARACTERS = 200;

export interface ComposerProps {
  dialog: DialogsDialogOut;
  /** The message that the reply answers, chosen in the thread. */
  quoted: DialogsMessageOut | null;
  onQuoteEnd: () => void;
}

/** Where an operator writes: replies, private notes, edits of what was sent. Who else is here stands above it. */
export function Composer({ dialog, quoted, onQuoteEnd }: ComposerProps) {
  const t = useTexts('composer');
  const { operator } = useIdentity();
  const draft = useDraft(operator.id, dialog.id);
  const edited = useEdited(dialog.id);
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false }) ?? false;
  const presence = useBeingHere(dialog);
  const attach = useAttaching(dialog, operator.id);
  const mayAttach = dialog.can_reply.allowed && draft.mode === 'reply' && !edited;
  useRefusals();
  useEffect(() => openOutbox(operator.id), [operator.id]);
  useEffect(() => {
    if (!quoted) return;
    const author = quoted.author.name ?? dialog.contact.name;
    const text = quoted.text.slice(0, QUOTE_CHARACTERS);
    changeDraft(operator.id, dialog.id, { mode: 'reply', quoted: { id: quoted.id, author, text } });
    onQuoteEnd();
  }, [quoted, onQuoteEnd, operator.id, dialog.id, dialog.contact.name]);
  return (
    <section className={classes.composer} data-mode={draft.mode} aria-label={t('composer')}>
      <PresenceLine present={presence.others} />
      <Outgoing dialog={dialog} />
      {edited ? (
        <EditForm key={edited.id} message={edited} isPhone={isPhone} />
      ) : (
        <WriteForm dialog={dialog} isPhone={isPhone} onAttach={attach} onTyping={presence.type} />
      )}
      {mayAttach && <DropZone onFiles={attach} />}
    </section>
  );
}

/** Says why a letter came back; its text is in its dialog's draft again. */
function useRefusals() {
  const t = useTexts('composer');
  const say = useProblemText();
  useEffect(
    () => onRefused(({ refusal }) => tell(t('came_back', { reason: say(refusal) }), 'bad')),
    [say, t],
  );
}

import { ActionIcon, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconInfoCircle } from '@tabler/icons-react';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import type { DialogsDialogOut, DialogsMessageOut } from '~/api';
import { PHONE } from '~/app/theme';
import { useDialog } from '~/feed';
import { addTexts, useTexts } from '~/i18n';
import { Failure, Loading } from '~/ui/notices';

import { DialogActions } from './actions/dialog-actions';
import { Composer } from './composer/composer';
import { ContactAvatar } from './contact-avatar';
import classes from './dialog-view.module.css';
import { InfoPanel } from './info/info-panel';
import { texts } from './texts';

import { Thread } from './thread/thread';

addTexts('dialog', texts);

const WIDE = '(min-width: 90em)';

/** One open dialog: who it is, the thread, the composer, the info panel. `?message=` is shown at once. */
export function DialogView() {
  const { dialogId = '' } = useParams({ strict: false });
  const dialog = useDialog(dialogId);
  if (dialog.data) return <OpenDialog key={dialogId} dialog={dialog.data} />;
  if (dialog.error) return <Failure error={dialog.error} onRetry={() => void dialog.refetch()} />;
  return <Loading />;
}

function OpenDialog({ dialog }: { dialog: DialogsDialogOut }) {
  const t = useTexts('dialog');
  const isWide = useMediaQuery(WIDE, false, { getInitialValueInEffect: false });
  const { message } = useSearch({ strict: false }) as { message?: string };
  const [infoWanted, setInfoWanted] = useState<boolean | null>(null);
  const [quoted, setQuoted] = useState<DialogsMessageOut | null>(null);
  const [jump, setJump] = useState<{ id: string; behind: string | undefined } | null>(null);
  const asked = useMemo(() => (message ? { id: message } : null), [message]);
  const target = jump?.behind === message ? jump : asked;
  const isInfoOpen = infoWanted ?? isWide;
  return (
    <section className={classes.view} aria-label={t('conversation', { name: dialog.contact.name })}>
      <Header dialog={dialog} isInfoOpen={isInfoOpen} onInfo={() => setInfoWanted(!isInfoOpen)} />
      <div className={classes.thread}>
        <Thread dialog={dialog} target={target} onQuote={setQuoted} />
      </div>
      <div className={classes.composer}>
        <Composer dialog={dialog} quoted={quoted} onQuoteEnd={() => setQuoted(null)} />
      </div>
      {isInfoOpen && (
        <aside className={classes.info} aria-label={t('info')}>
          <InfoPanel
            dialog={dialog}
            onJump={(id) => setJump({ id, behind: message })}
            onClose={() => setInfoWanted(false)}
          />
        </aside>
      )}
    </section>
  );
}

/** The filters of the list, without what was shown in this dialog. */
function withoutMessage(search: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(search).filter(([name]) => name !== 'message'));
}

interface HeaderProps {
  dialog: DialogsDialogOut;
  isInfoOpen: boolean;
  onInfo: () => void;
}

function Header({ dialog, isInfoOpen, onInfo }: HeaderProps) {
  const t = useTexts('dialog');
  const isPhone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false });
  return (
    <header className={classes.header}>
      {isPhone && (
        <ActionIcon
          renderRoot={(props) => (
            <Link
              {...props}
              to="/projects/$projectId/dialogs"
              params={{ projectId: dialog.project_id }}
              search={withoutMessage}
            />
          )}
          variant="subtle"
          color="gray"
          size={44}
          aria-label={t('back')}
        >
          <IconChevronLeft aria-hidden />
        </ActionIcon>
      )}
      <UnstyledButton className={classes.who} onClick={onInfo} aria-expanded={isInfoOpen}>
        <ContactAvatar name={dialog.contact.name} channel={dialog.channel} size={36} />
        <span className={classes.names}>
          <span className={classes.name}>{dialog.contact.name}</span>
          <span className={classes.about}>{dialog.community_name ?? dialog.project.name}</span>
        </span>
      </UnstyledButton>
      <DialogActions dialog={dialog} />
      {!isPhone && (
        <ActionIcon
          variant={isInfoOpen ? 'light' : 'subtle'}
          color={isInfoOpen ? 'blue' : 'gray'}
          size="lg"
          aria-label={t('info')}
          aria-pressed={isInfoOpen}
          onClick={onInfo}
        >
          <IconInfoCircle size={20} aria-hidden />
        </ActionIcon>
      )}
    </header>
  );
}

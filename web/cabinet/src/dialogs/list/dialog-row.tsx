import { IconAlertCircle, IconBan, IconStarFilled, IconUser } from '@tabler/icons-react';
import { memo } from 'react';

import type { DialogsDialogSummary } from '~/api';
import { useFormats } from '~/i18n/formats';
import { useTexts } from '~/i18n';

import { useDraftMark } from '../composer/drafts';
import { ContactAvatar } from '../contact-avatar';
import { ageText, warmthOf } from './age';
import classes from './dialog-row.module.css';
import { lastLine, whoWrote } from './last-line';
import { useNow } from './now';

export interface RowProps {
  dialog: DialogsDialogSummary;
  /** The signed-in operator. */
  me: string;
  /** Made once for the whole list: the router's own links take a millisecond each. */
  href: string;
  isOpen: boolean;
  onOpen: (id: string) => void;
  isReachable: boolean;
  isSelected: boolean;
  isSelecting: boolean;
  onSelect: (id: string, isRange: boolean) => void;
  onReach: (id: string) => void;
}

const TAGS_SHOWN = 3;

/** One dialog in the list: a link to it, and its checkbox where the avatar is. */
export const DialogRow = memo(function DialogRow(props: RowProps) {
  const t = useTexts('list');
  const { dialog, isSelected, isSelecting, onSelect } = props;
  return (
    <div
      className={classes.row}
      data-selected={isSelected || undefined}
      data-selecting={isSelecting || undefined}
    >
      <label className={classes.pick}>
        <input
          type="checkbox"
          className={classes.box}
          aria-label={t('select', { name: dialog.contact.name })}
          tabIndex={props.isReachable ? 0 : -1}
          checked={isSelected}
          onChange={(event) => onSelect(dialog.id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
        <ContactAvatar name={dialog.contact.name} channel={dialog.channel} size={42} />
      </label>
      <a
        href={props.href}
        className={classes.link}
        data-dialog={dialog.id}
        data-status={props.isOpen ? 'active' : undefined}
        aria-current={props.isOpen ? 'page' : undefined}
        onClick={(event) => {
          // With a key or another button the browser opens it elsewhere.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
          event.preventDefault();
          props.onOpen(dialog.id);
        }}
        tabIndex={props.isReachable ? 0 : -1}
        onFocus={() => props.onReach(dialog.id)}
      >
        <Lines {...props} />
      </a>
    </div>
  );
});

function Lines({ dialog, me }: RowProps) {
  const t = useTexts('list');
  const draft = useDraftMark(dialog.id);
  const isUnread = dialog.unread_count > 0;
  return (
    <>
      <span className={classes.line}>
        <span className={classes.name} data-unread={isUnread || undefined}>
          {dialog.contact.name}
        </span>
        {dialog.important && (
          <IconStarFilled size={15} className={classes.star} role="img" aria-label={t('important')} />
        )}
        {!dialog.can_reply.allowed && (
          <IconBan size={15} className={classes.blocked} role="img" aria-label={t('blocked')} />
        )}
        <Age dialog={dialog} />
      </span>
      <span className={classes.line}>
        <span className={classes.said} data-unread={isUnread || undefined}>
          {draft === null ? (
            <Said dialog={dialog} me={me} />
          ) : (
            <>
              <b className={classes.draft}>{t('draft')}</b>
              {draft}
            </>
          )}
        </span>
        {isUnread && (
          <span
            className={classes.unread}
            role="img"
            aria-label={t('unread', { count: dialog.unread_count })}
          >
            {dialog.unread_count > 99 ? '99+' : dialog.unread_count}
          </span>
        )}
      </span>
      <span className={classes.line}>
        <span className={classes.community}>{dialog.community_name}</span>
        {dialog.tags.slice(0, TAGS_SHOWN).map((tag) => (
          <span
            key={tag.id}
            className={classes.tag}
            style={{ '--colour': `var(--mantine-color-${tag.colour}-6)` } as React.CSSProperties}
          >
            {tag.name}
          </span>
        ))}
        {dialog.tags.length > TAGS_SHOWN && <span>+{dialog.tags.length - TAGS_SHOWN}</span>}
        <Owner dialog={dialog} me={me} />
      </span>
    </>
  );
}

function Said({ dialog, me }: { dialog: DialogsDialogSummary; me: string }) {
  const t = useTexts('list');
  const author = whoWrote(t, dialog, me);
  return (
    <>
      {dialog.last_message?.state === 'failed' && (
        <IconAlertCircle size={15} className={classes.failed} role="img" aria-label={t('failed')} />
      )}
      {author && <span className={classes.author}>{author}: </span>}
      {lastLine(t, dialog)}
    </>
  );
}

function Age({ dialog }: { dialog: DialogsDialogSummary }) {
  const t = useTexts('list');
  const now = useNow();
  const formats = useFormats();
  if (dialog.unanswered_since) {
    const waited = now - Date.parse(dialog.unanswered_since);
    const age = ageText(t, waited);
    return (
      <time
        className={classes.waiting}
        data-warmth={warmthOf(waited)}
        dateTime={dialog.unanswered_since}
        title={formats.full(dialog.unanswered_since)}
        aria-label={t('waits', { age })}
        role="img"
      >
        {age}
      </time>
    );
  }
  const at = dialog.last_message?.sent_at ?? dialog.last_activity_at;
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return (
    <time className={classes.at} dateTime={at} title={formats.full(at)}>
      {isToday ? formats.time(at) : formats.dayOrDate(at)}
    </time>
  );
}

function Owner({ dialog, me }: { dialog: DialogsDialogSummary; me: string }) {
  const t = useTexts('list');
  if (dialog.state === 'closed') return <span className={classes.owner}>{t('closed')}</span>;
  if (!dialog.operator) return null;
  const name = dialog.operator.id === me ? t('me') : (dialog.operator.name ?? t('somebody'));
  return (
    <span className={classes.owner} title={t('taken_by', { name })}>
      <IconUser size={13} role="img" aria-label={t('taken_by', { name: '' }).trim()} />
      <span className={classes.ownerName}>{name}</span>
    </span>
  );
}

import { UnstyledButton } from '@mantine/core';
import { memo } from 'react';

import type { DialogsMessageOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import { Attachments } from './attachments/attachments';
import { Forwarded, Quote } from './included';
import { useMessageAuthor } from './message-author';
import { MessageMenu } from './message-menu';
import { StateLines, StateMark } from './message-state';
import classes from './message.module.css';
import { RichText } from './rich-text';
import type { MessageActions } from './use-message-actions';
import { reactionSign } from './words';

interface Props {
  message: DialogsMessageOut;
  contactName: string;
  /** The first of its author's: it has the name. */
  isFirst: boolean;
  canReply: boolean;
  actions: MessageActions;
}

/** One message: who, what, when, and how far it is. */
export const MessageBubble = memo(function MessageBubble(props: Props) {
  const { message, contactName, isFirst, canReply, actions } = props;
  const t = useTexts('thread');
  const { time, full } = useFormats();
  const author = useMessageAuthor(contactName)(message);
  const { content, deleted_at: deletedAt } = message;
  const isDeleted = deletedAt !== null;
  return (
    <article className={classes.message} data-author={message.author.kind} data-state={message.state}>
      {/* Shown with the first of a group only, read to screen readers with each. */}
      <span className={isFirst ? classes.author : classes.unseen}>{author}</span>
      <div className={classes.line}>
        <div className={classes.bubble} data-deleted={isDeleted || undefined}>
          {content.quoted && (
            <Quote quoted={content.quoted} contactName={contactName} onJump={actions.jump} />
          )}
          {message.text && <RichText text={message.text} styles={content.styles} />}
          {message.unsupported && content.attachments.length === 0 && (
            <p className={classes.quiet}>{t('unsupported')}</p>
          )}
          <Attachments
            attachments={content.attachments}
            location={content.location}
            leftOut={content.left_out}
          />
          <Forwarded messages={content.forwarded} contactName={contactName} />
          {content.is_cut && <p className={classes.quiet}>{t('cut')}</p>}
          <span className={classes.foot}>
            {isDeleted && <span className={classes.deleted}>{t('deleted')}</span>}
            {message.edits > 0 && (
              <UnstyledButton
                className={classes.edited}
                aria-label={t('edited_by')}
                onClick={() => actions.showVersions(message)}
              >
                {t('edited')}
              </UnstyledButton>
            )}
            <time dateTime={message.sent_at} title={full(message.sent_at)}>
              {time(message.sent_at)}
            </time>
            <StateMark message={message} />
          </span>
        </div>
        <MessageMenu message={message} actions={actions} canReply={canReply} />
      </div>
      <Reaction message={message} />
      {message.presses.length > 0 && <p className={classes.quiet}>{t('pressed')}</p>}
      {message.author.kind === 'operator' && <StateLines message={message} actions={actions} />}
    </article>
  );
});

function Reaction({ message: { reaction } }: { message: DialogsMessageOut }) {
  const t = useTexts('thread');
  if (reaction === null) return null;
  const sign = reactionSign(reaction) ?? t('reaction_number', { number: reaction });
  return (
    <span className={classes.reaction}>
      <span className={classes.unseen}>{t('reaction', { sign })}</span>
      <span aria-hidden>{sign}</span>
    </span>
  );
}

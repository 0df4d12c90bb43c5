import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';

import type { DialogsIncludedOut } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import { Attachments } from './attachments/attachments';
import classes from './message.module.css';
import { RichText } from './rich-text';

const SHOWN_AT_ONCE = 3;
const DEPTH_AT_ONCE = 2;

interface QuoteProps {
  quoted: DialogsIncludedOut;
  contactName: string;
  onJump: (messageId: string) => void;
}

/** The message that this one answers, in short; a click leads to it if it is in the thread. */
export function Quote({ quoted, contactName, onJump }: QuoteProps) {
  const t = useTexts('thread');
  const author = useAuthor(contactName)(quoted);
  const kinds = [
    ...new Set(
      quoted.attachments.map((one) => t(`kind.${one.kind}`, { defaultValue: t('kind.unsupported') })),
    ),
  ];
  const about = quoted.text || kinds.join(', ') || (quoted.location ? t('kind.location') : t('forwarded'));
  const inside = (
    <>
      <span className={classes.quoteAuthor}>{author}</span>
      <span className={classes.quoteText} dir="auto">
        {about}
      </span>
    </>
  );
  const { message_id: id } = quoted;
  return id ? (
    <UnstyledButton className={classes.quote} title={t('menu.to_quoted')} onClick={() => onJump(id)}>
      {inside}
    </UnstyledButton>
  ) : (
    <blockquote className={classes.quote}>{inside}</blockquote>
  );
}

interface ForwardedProps {
  messages: DialogsIncludedOut[];
  contactName: string;
  depth?: number;
}

/** Forwarded messages with theirs inside. Many, and deep ones, are shown when somebody asks for them. */
export function Forwarded({ messages, contactName, depth = 1 }: ForwardedProps) {
  const t = useTexts('thread');
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? messages : messages.slice(0, depth > DEPTH_AT_ONCE ? 0 : SHOWN_AT_ONCE);
  if (messages.length === 0) return null;
  return (
    <div className={classes.forwarded}>
      {depth === 1 && <span className={classes.quiet}>{t('forwarded')}</span>}
      {shown.map((message, at) => (
        // eslint-disable-next-line react/no-array-index-key
        <ForwardedMessage key={at} message={message} contactName={contactName} depth={depth} />
      ))}
      {shown.length < messages.length && (
        <UnstyledButton className={classes.more} onClick={() => setIsWhole(true)}>
          {t(shown.length === 0 ? 'show_inside' : 'show_all', { count: messages.length })}
        </UnstyledButton>
      )}
    </div>
  );
}

interface OneProps {
  message: DialogsIncludedOut;
  contactName: string;
  depth: number;
}

function ForwardedMessage({ message, contactName, depth }: OneProps) {
  const formats = useFormats();
  const author = useAuthor(contactName)(message);
  const inside = message.quoted ? [message.quoted, ...message.forwarded] : message.forwarded;
  return (
    // Levels below this one are no narrower: a deep nest stays readable on a phone.
    <div className={classes.included} data-deep={depth > DEPTH_AT_ONCE || undefined}>
      <span className={classes.quoteAuthor}>
        {author}
        {message.sent_at && <time className={classes.quiet}> {formats.full(message.sent_at)}</time>}
      </span>
      {message.text && <RichText text={message.text} />}
      <Attachments attachments={message.attachments} location={message.location} leftOut={message.left_out} />
      <Forwarded messages={inside} contactName={contactName} depth={depth + 1} />
    </div>
  );
}

function useAuthor(contactName: string) {
  const t = useTexts('thread');
  return ({ author_name: name, author_external_id: id }: DialogsIncludedOut) => {
    if (name) return name;
    if (id?.startsWith('-')) return t('community_author');
    return id ? `id${id}` : contactName || t('unknown_author');
  };
}

import { Button, VisuallyHidden } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { type DialogsDialogOut, type DialogsMessageOut, useProblemText } from '~/api';
import { useMessages, useTyping } from '~/feed';
import { useStore } from '~/feed/store';
import { addTexts, useTexts } from '~/i18n';
import { Empty, Failure, Loading } from '~/ui/notices';
import { tell } from '~/ui/tell';

import { useCases, useNotes } from './asides';
import { HeldPlace } from './held-place';
import { rowsOf } from './rows';
import { texts } from './texts';
import { ThreadRow } from './thread-row';
import classes from './thread.module.css';
import { useMessageActions } from './use-message-actions';
import { lastSeen, useSeen } from './use-seen';

addTexts('thread', texts);

const MessageWindow = lazy(() =>
  import('./message-windows').then((module) => ({ default: module.MessageWindow })),
);

/** From how far off an edge the next page is read. */
const AHEAD_PIXELS = 900;

export interface ThreadProps {
  dialog: DialogsDialogOut;
  /** The message to show: a hit of a search, a quote. A new object is a new wish. */
  target: { id: string } | null;
  onQuote: (message: DialogsMessageOut) => void;
}

/**
 * The conversation. Only some pages of it are held, in the browser's memory and on the page; what is read stays
 * where it is when others come and go.
 */
export function Thread({ dialog, target, onQuote }: ThreadProps) {
  const thread = useMessages(dialog.id);
  if (thread.isPending) return <Loading />;
  if (thread.error && thread.messages.length === 0) {
    return <Failure error={thread.error} onRetry={() => void thread.refetch()} />;
  }
  return <OpenThread dialog={dialog} thread={thread} target={target} onQuote={onQuote} />;
}

interface OpenThreadProps extends ThreadProps {
  thread: ReturnType<typeof useMessages>;
}

function OpenThread({ dialog, thread, target, onQuote }: OpenThreadProps) {
  const t = useTexts('thread');
  const { messages, hasEarlier, hasLater } = thread;
  const notes = useNotes(dialog).data;
  const cases = useCases(dialog).data;
  const isTyping = useTyping(dialog.id);
  const [news] = useState(() => firstNews(dialog, messages));
  const [place] = useState(() => new HeldPlace(target ? null : (news?.id ?? null)));
  const { attachBox, attachList } = place;
  const marked = useStore(place.marked);
  const isFar = useStore(place.isFar);
  const jump = useJump(place, thread.showAround, target);
  const { actions, asked, close, deleteForAll } = useMessageActions(dialog, onQuote, jump);
  const rows = useMemo(
    () =>
      rowsOf({ messages, notes: notes ?? [], cases: cases ?? [], hasEarlier, hasLater, newsFrom: news?.id }),
    [messages, notes, cases, hasEarlier, hasLater, news],
  );
  const look = useSeen(dialog, () => lastSeen(messages, place.seen));
  const follow = () => {
    const { above, below } = place.room;
    if (hasEarlier && above < AHEAD_PIXELS) thread.loadEarlier();
    if (hasLater && below < AHEAD_PIXELS) thread.loadLater();
    look();
  };
  useLayoutEffect(() => place.update(!hasLater));
  useEffect(follow);
  const toEnd = () => {
    if (hasLater) void thread.showEnd().then(() => place.toEnd());
    else place.toEnd();
  };
  const onScroll = () => {
    place.note();
    follow();
  };
  return (
    <div className={classes.thread}>
      <section
        ref={attachBox}
        className={classes.box}
        // What scrolls is scrolled by keys, too.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={t('messages')}
        onScroll={onScroll}
      >
        <div className={classes.edge}>
          {hasEarlier ? <output>{t('earlier_loading')}</output> : messages.length > 0 && t('beginning')}
        </div>
        {rows.length === 0 && <Empty title={t('empty')}>{t('empty_about')}</Empty>}
        <ol ref={attachList} className={classes.list}>
          {rows.map((row) => (
            <ThreadRow
              key={row.key}
              row={row}
              projectId={dialog.project_id}
              contactName={dialog.contact.name}
              canReply={dialog.can_reply.allowed}
              isMarked={marked === row.key}
              actions={actions}
            />
          ))}
        </ol>
      </section>
      {isTyping && <output className={classes.typing}>{t('typing', { name: dialog.contact.name })}</output>}
      <Newest messages={messages} hasLater={hasLater} />
      {isFar && (
        <Button
          className={classes.toEnd}
          variant="default"
          size="sm"
          radius="xl"
          leftSection={<IconArrowDown size={16} aria-hidden />}
          onClick={toEnd}
        >
          {dialog.unread_count > 0 ? t('new', { count: dialog.unread_count }) : t('to_end')}
        </Button>
      )}
      {asked && (
        <Suspense>
          <MessageWindow asked={asked} onClose={close} onDelete={deleteForAll} />
        </Suspense>
      )}
    </div>
  );
}

/** Tells screen readers what the person has just written. */
function Newest({ messages, hasLater }: { messages: readonly DialogsMessageOut[]; hasLater: boolean }) {
  const last = hasLater ? undefined : messages.at(-1);
  const [opened] = useState(last?.id);
  const isNews = last && last.id !== opened && last.author.kind === 'customer';
  return (
    <VisuallyHidden role="log" aria-live="polite">
      {isNews ? last.text : ''}
    </VisuallyHidden>
  );
}

/** Give a function that shows a message: where it is, or with the part of the thread around it. */
function useJump(
  place: HeldPlace,
  showAround: (messageId: string) => Promise<unknown>,
  target: ThreadProps['target'],
): (messageId: string) => void {
  const say = useProblemText();
  const around = useRef(showAround);
  useEffect(() => {
    around.current = showAround;
  });
  const jump = useCallback(
    (messageId: string) => {
      if (place.want(messageId)) return;
      around.current(messageId).catch((error: unknown) => {
        place.giveUp();
        tell(say(error), 'bad');
      });
    },
    [place, say],
  );
  useEffect(() => {
    if (target) jump(target.id);
  }, [target, jump]);
  return jump;
}

/** The first of the customer's unread messages when the dialog was opened; null if it is not among these. */
function firstNews(
  dialog: DialogsDialogOut,
  messages: readonly DialogsMessageOut[],
): DialogsMessageOut | null {
  const theirs = messages.filter((one) => one.author.kind === 'customer');
  const { unread_count: count } = dialog;
  return count > 0 ? (theirs.at(-count) ?? null) : null;
}

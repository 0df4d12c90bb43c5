import { memo } from 'react';

import { useTexts } from '~/i18n';

import { MessageBubble } from './message-bubble';
import { NoteRow } from './note-row';
import type { Row } from './rows';
import { CaseSeparator, DaySeparator, Separator } from './separators';
import classes from './thread.module.css';
import type { MessageActions } from './use-message-actions';

interface Props {
  row: Row;
  projectId: string;
  contactName: string;
  canReply: boolean;
  isMarked: boolean;
  actions: MessageActions;
}

/** One line of the thread, whatever it is; `data-key` is by what its place is held. */
export const ThreadRow = memo(function ThreadRow({ row, isMarked, ...rest }: Props) {
  return (
    <li className={classes.row} data-key={row.key} data-kind={row.kind} data-marked={isMarked || undefined}>
      <Inside row={row} {...rest} />
    </li>
  );
}, isSame);

function isSame(before: Props, after: Props): boolean {
  const { row: a, ...rest } = before;
  const { row: b, ...others } = after;
  const keys = Object.keys(rest) as (keyof typeof rest)[];
  return keys.every((key) => rest[key] === others[key]) && isSameRow(a, b);
}

/** Rows are made anew with every change; what they show mostly is not. */
function isSameRow(a: Row, b: Row): boolean {
  const names = Object.keys(a) as (keyof Row)[];
  return names.every((name) => a[name] === b[name]);
}

function Inside({ row, projectId, contactName, canReply, actions }: Omit<Props, 'isMarked'>) {
  const t = useTexts('thread');
  switch (row.kind) {
    case 'day':
      return <DaySeparator at={row.at} />;
    case 'imported':
      return <Separator text={t('imported')} />;
    case 'case':
      return <CaseSeparator line={row.line} />;
    case 'note':
      return <NoteRow note={row.note} projectId={projectId} />;
    case 'message':
      return (
        <>
          {row.isNews && <Separator text={t('unread')} tone="news" />}
          <MessageBubble
            message={row.message}
            contactName={contactName}
            isFirst={row.isFirst}
            canReply={canReply}
            actions={actions}
          />
        </>
      );
  }
}

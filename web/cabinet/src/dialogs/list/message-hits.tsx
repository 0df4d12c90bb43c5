import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { DialogsMessageHit } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { Empty, Failure } from '~/ui/notices';

import { ContactAvatar } from '../contact-avatar';
import { useMessageHits } from './choices';
import { ListSkeleton } from './list-states';
import classes from './message-hits.module.css';
import type { DialogsSearch } from './search';

/** Messages that hold what was searched for; each opens its thread there. */
export function MessageHits({ projectId, search }: { projectId: string; search: DialogsSearch }) {
  const t = useTexts('list');
  const hits = useMessageHits(projectId, search.q ?? '');
  if (hits.isPending) return <ListSkeleton />;
  if (hits.isError) return <Failure error={hits.error} onRetry={() => void hits.refetch()} />;
  const found = hits.data.pages.flatMap((page) => page.items);
  if (found.length === 0 && !hits.hasNextPage) {
    return <Empty title={t('nothing_found')}>{t('nothing_found_about')}</Empty>;
  }
  return (
    <div className={classes.scroller}>
      <ul className={classes.hits} aria-label={t('found_messages')}>
        {found.map((hit) => (
          <Hit key={hit.message_id} hit={hit} search={search} />
        ))}
      </ul>
      {hits.hasNextPage && (
        <Button
          variant="subtle"
          fullWidth
          size="md"
          loading={hits.isFetchingNextPage}
          onClick={() => void hits.fetchNextPage()}
        >
          {t('show_more')}
        </Button>
      )}
    </div>
  );
}

function Hit({ hit, search }: { hit: DialogsMessageHit; search: DialogsSearch }) {
  const { dialog } = hit;
  const starts = startsOf(hit.snippet);
  const formats = useFormats();
  return (
    <li>
      <Link
        to="/projects/$projectId/dialogs/$dialogId"
        params={{ projectId: dialog.project_id, dialogId: dialog.id }}
        search={{ ...search, message: hit.message_id }}
        className={classes.hit}
      >
        <ContactAvatar name={dialog.contact.name} channel={dialog.channel} size={36} />
        <span className={classes.lines}>
          <span className={classes.head}>
            <b className={classes.name}>{dialog.contact.name}</b>
            <time className={classes.at} dateTime={hit.sent_at} title={formats.full(hit.sent_at)}>
              {formats.dayOrDate(hit.sent_at)}
            </time>
          </span>
          <span className={classes.snippet}>
            {hit.author.name && <span className={classes.author}>{hit.author.name}: </span>}
            {hit.snippet.map((piece, place) => {
              const Piece = piece.is_match ? 'mark' : 'span';
              return <Piece key={starts[place]}>{piece.text}</Piece>;
            })}
          </span>
        </span>
      </Link>
    </li>
  );
}

/** Where each piece begins in the snippet: its name among the others. */
function startsOf(snippet: DialogsMessageHit['snippet']): number[] {
  let at = 0;
  return snippet.map(({ text }) => (at += text.length) - text.length);
}

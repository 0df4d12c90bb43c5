import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';

import type { DialogsDialogSummary } from '~/api';
import { useTexts } from '~/i18n';

import { DialogRow } from './dialog-row';
import classes from './dialog-rows.module.css';
import { useRowsWindow } from './rows-window';
import { prepareDialog, useDialogLinks } from './links';
import type { Selection } from './selection';
import { useSteadyRows } from './steady-rows';

export interface RowsHandle {
  /** Put the focus on the next (1) or previous (-1) row, from where it was last. */
  move: (by: 1 | -1) => void;
  /** Select the row that has the focus, or had it last. */
  select: () => void;
}

interface Props {
  handle: RefObject<RowsHandle | null>;
  dialogs: DialogsDialogSummary[];
  me: string;
  openId: string | undefined;
  selection: Selection;
  hasMore: boolean;
  isBusy: boolean;
  onMore: () => void;
}

const ROW = 78;
const AHEAD = 20;

/** The rows that are on the screen, of as many dialogs as there are. */
export function DialogRows({ handle, dialogs, me, openId, selection, hasMore, isBusy, onMore }: Props) {
  const t = useTexts('list');
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, isLate, hold, release, catchUp } = useSteadyRows(dialogs, scroller, selection.ids.size > 0);
  const [reached, setReached] = useState<string>();
  const places = new Map(rows.map((row, place) => [row.id, place]));
  const reachedAt = places.get(reached ?? '') ?? places.get(openId ?? '') ?? 0;
  const { first, last } = useRowsWindow(scroller, ROW, rows.length);
  // The row that Tab leads to is always there.
  const shown = rows.flatMap((dialog, place) =>
    (place >= first && place <= last) || place === reachedAt ? [{ dialog, place }] : [],
  );
  useEffect(() => {
    if (hasMore && !isBusy && last >= rows.length - AHEAD) onMore();
  }, [hasMore, isBusy, last, rows.length, onMore]);

  const { hrefOf, open } = useDialogLinks();
  const { toggle, extend } = selection;
  const ids = useRef<string[]>([]);
  useEffect(() => {
    ids.current = rows.map((row) => row.id);
  }, [rows]);
  const select = useCallback(
    (id: string, isRange: boolean) => (isRange ? extend(id, ids.current) : toggle(id)),
    [toggle, extend],
  );
  useImperativeHandle(handle, () => ({
    move: (by) => {
      const isInside = scroller.current?.contains(document.activeElement);
      const place = Math.max(0, Math.min(rows.length - 1, isInside || openId ? reachedAt + by : reachedAt));
      const id = rows[place]?.id;
      if (!id) return;
      setReached(id);
      bringIntoView(scroller.current, place);
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[data-dialog="${id}"]`)?.focus({ preventScroll: true }),
      );
    },
    select: () => {
      const id = rows[reachedAt]?.id;
      if (id) toggle(id);
    },
  }));

  return (
    <div className={classes.frame}>
      {isLate && (
        <button
          type="button"
          className={classes.newer}
          onClick={() => {
            catchUp();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          {t('newer')}
        </button>
      )}
      <div
        ref={scroller}
        className={classes.scroller}
        onPointerEnter={prepareDialog}
        onPointerMove={hold}
        onPointerDown={hold}
        onPointerLeave={release}
      >
        <div role="feed" aria-label={t('dialogs')} aria-busy={isBusy} style={{ height: rows.length * ROW }}>
          {shown.map(({ dialog, place }) => (
            <article
              key={dialog.id}
              className={classes.place}
              aria-posinset={place + 1}
              aria-setsize={hasMore ? -1 : rows.length}
              aria-label={dialog.contact.name}
              style={{ height: ROW, transform: `translateY(${place * ROW}px)` }}
            >
              <DialogRow
                dialog={dialog}
                me={me}
                href={hrefOf(dialog.id)}
                isOpen={dialog.id === openId}
                onOpen={open}
                isReachable={place === reachedAt}
                isSelected={selection.ids.has(dialog.id)}
                isSelecting={selection.ids.size > 0}
                onSelect={select}
                onReach={setReached}
              />
            </article>
          ))}
        </div>
        {hasMore && <p className={classes.more}>{t('more')}</p>}
      </div>
    </div>
  );
}

function bringIntoView(scroller: HTMLElement | null, place: number): void {
  if (!scroller) return;
  const lowest = place * ROW;
  const highest = lowest + ROW - scroller.clientHeight;
  scroller.scrollTop = Math.min(lowest, Math.max(highest, scroller.scrollTop));
}

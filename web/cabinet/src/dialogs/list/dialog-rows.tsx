import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';

import type { DialogsDialogSummary } from '~/api';
import { useTexts } from '~/i18n';

import { DialogRow } from './dialog-row';
import classes from './dialog-rows.module.css';
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
const AHEAD = 8;

/** The rows that are on the screen, of as many dialogs as there are. */
export function DialogRows({ handle, dialogs, me, openId, selection, hasMore, isBusy, onMore }: Props) {
  const t = useTexts('list');
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, isLate, hold, release, catchUp } = useSteadyRows(dialogs, scroller, selection.ids.size > 0);
  const [reached, setReached] = useState<string>();
  const places = new Map(rows.map((row, place) => [row.id, place]));
  const reachedAt = places.get(reached ?? '') ?? places.get(openId ?? '') ?? 0;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (place) => rows[place]?.id ?? place,
    overscan: 6,
    // The row that Tab leads to is always there.
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), Math.min(reachedAt, range.count - 1)])]
        .filter((place) => place >= 0)
        .toSorted((a, b) => a - b),
  });
  const items = virtual.getVirtualItems();
  const lastShown = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (hasMore && !isBusy && lastShown >= rows.length - AHEAD) onMore();
  }, [hasMore, isBusy, lastShown, rows.length, onMore]);

  const { toggle, extend } = selection;
  const ids = useRef<string[]>([]);
  ids.current = rows.map((row) => row.id);
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
      virtual.scrollToIndex(place);
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
            virtual.scrollToOffset(0);
          }}
        >
          {t('newer')}
        </button>
      )}
      <div
        ref={scroller}
        className={classes.scroller}
        onPointerMove={hold}
        onPointerDown={hold}
        onPointerLeave={release}
      >
        <div
          role="feed"
          aria-label={t('dialogs')}
          aria-busy={isBusy}
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map((item) => {
            const dialog = rows[item.index];
            if (!dialog) return null;
            return (
              <article
                key={item.key}
                className={classes.place}
                aria-posinset={item.index + 1}
                aria-setsize={hasMore ? -1 : rows.length}
                aria-label={dialog.contact.name}
                style={{ height: ROW, transform: `translateY(${item.start}px)` }}
              >
                <DialogRow
                  dialog={dialog}
                  me={me}
                  isReachable={item.index === reachedAt}
                  isSelected={selection.ids.has(dialog.id)}
                  isSelecting={selection.ids.size > 0}
                  onSelect={select}
                  onReach={setReached}
                />
              </article>
            );
          })}
        </div>
        {hasMore && <p className={classes.more}>{t('more')}</p>}
      </div>
    </div>
  );
}

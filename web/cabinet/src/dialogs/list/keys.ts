import { type RefObject, useEffect, useRef } from 'react';

import type { RowsHandle } from './dialog-rows';
import { type ListTab, TABS } from './search';

interface Wishes {
  rows: RefObject<RowsHandle | null>;
  onSearch: () => void;
  onTab: (tab: ListTab) => void;
  onHelp: () => void;
  /** Leave what one is in: a selection, a search, an open dialog. */
  onEscape: () => void;
}

const MOVES: Record<string, 1 | -1> = { j: 1, о: 1, ArrowDown: 1, k: -1, л: -1, ArrowUp: -1 };

/** Whether a key belongs to where the focus is: somebody writes there, or a dialog window or menu is open. */
function isTaken({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('[role=dialog], [role=menu], [role=listbox]')) return true;
  // Whoever has begun nothing leaves with it.
  if (target instanceof HTMLTextAreaElement) return key !== 'Escape' || target.value !== '';
  return (
    target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== 'checkbox')
  );
}

/** The list by keyboard; letters work in the Russian layout, too. */
export function useListKeys(wishes: Wishes): void {
  const latest = useRef(wishes);
  useEffect(() => {
    latest.current = wishes;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
      if (answer(event, latest.current)) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

function answer(event: KeyboardEvent, { rows, onSearch, onTab, onHelp, onEscape }: Wishes): boolean {
  const { key } = event;
  const move = MOVES[key];
  const isInList = event.target instanceof Element && event.target.closest('[role=feed]') !== null;
  const tab = TABS[Number(key) - 1];
  // Arrows scroll the page elsewhere.
  if (move && (key.length === 1 || isInList)) rows.current?.move(move);
  else if (key === 'x' || key === 'ч') rows.current?.select();
  else if (key === '?' || (event.code === 'Slash' && event.shiftKey)) onHelp();
  else if (key === '/' || event.code === 'Slash') onSearch();
  else if (tab) onTab(tab);
  else if (key === 'Escape') onEscape();
  else return false;
  return true;
}

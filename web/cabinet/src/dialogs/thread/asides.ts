import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { call, type DialogsDialogOut, dialogsListCasesOfADialog, dialogsListNotesOfADialog } from '~/api';

const PAGE = 100;
const PAGES_MAX = 10;

/** The cases of a dialog, the newest first; the feed has them read again when one is opened or closed. */
export function useCases(dialog: DialogsDialogOut) {
  const path = { dialog_id: dialog.id };
  return useQuery({
    queryKey: ['cases', dialog.project_id, dialog.id, 'thread', dialog.case_count, dialog.state],
    placeholderData: keepPreviousData,
    queryFn: () => all((query) => call(dialogsListCasesOfADialog({ path, query }))),
  });
}

/** The team's notes, the newest first; the feed has them read again when one changes. */
export function useNotes(dialog: DialogsDialogOut) {
  const path = { dialog_id: dialog.id };
  return useQuery({
    queryKey: ['notes', dialog.project_id, dialog.id, 'thread'],
    queryFn: () => all((query) => call(dialogsListNotesOfADialog({ path, query }))),
  });
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** Read page after page, up to a thousand. */
async function all<T>(read: (query: { cursor?: string; limit: number }) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, next_cursor }: Page<T> = await read({ cursor: cursor ?? undefined, limit: PAGE });
    found.push(...items);
    cursor = next_cursor;
    if (!cursor) break;
  }
  return found;
}

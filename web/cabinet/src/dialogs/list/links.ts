import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

import { searchOf } from './search';

/** Fetch the code that shows a dialog, for somebody is about to open one. */
export function prepareDialog(): void {
  void import('../dialog-view');
}

/** The addresses of a list's dialogs, and the way to one; tab, search and filters stay. */
export function useDialogLinks() {
  const router = useRouter();
  const navigate = useNavigate();
  const { projectId = '' } = useParams({ strict: false });
  const raw = useSearch({ strict: false });
  const search = useMemo(() => ({ ...searchOf(raw), message: undefined }), [raw]);
  const [path, query] = useMemo(
    () =>
      router
        .buildLocation({ to: '/projects/$projectId/dialogs', params: { projectId }, search })
        .href.split(/(?=\?)/),
    [router, projectId, search],
  );
  const hrefOf = (id: string) => `${path}/${id}${query ?? ''}`;
  const open = useCallback(
    (id: string) =>
      void navigate({
        to: '/projects/$projectId/dialogs/$dialogId',
        params: { projectId, dialogId: id },
        search,
      }),
    [navigate, projectId, search],
  );
  return { hrefOf, open };
}

import { useQuery } from '@tanstack/react-query';

import { call, dialogsGetDialog } from '~/api';

import { asking, caughtUp } from './feed';
import { useKeptCurrent } from './kept-current';
import { useProjectId } from './use-project-id';

/** All about one dialog, current at any time. */
export function useDialog(dialogId: string) {
  const key = ['dialog', useProjectId(), dialogId] as const;
  return useQuery({
    ...useKeptCurrent(),
    queryKey: key,
    queryFn: async () => {
      const asked = asking();
      return caughtUp(key, asked, await call(dialogsGetDialog({ path: { dialog_id: dialogId } })));
    },
  });
}

import { useQuery } from '@tanstack/react-query';

import { call, dialogsGetDialog } from '~/api';

/** One dialog with all that the info panel shows. */
export function useDialog(projectId: string, dialogId: string) {
  return useQuery({
    queryKey: ['dialog', projectId, dialogId],
    queryFn: () => call(dialogsGetDialog({ path: { dialog_id: dialogId } })),
  });
}

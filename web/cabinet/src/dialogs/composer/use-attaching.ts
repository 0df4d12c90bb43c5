import { useCallback } from 'react';

import { type DialogsDialogOut, Refusal, useProblemText } from '~/api';
import { tell } from '~/ui/tell';

import { attachFiles } from './uploads';

/** Give the function that attaches files to a dialog's reply, and says which it could not take. */
export function useAttaching(dialog: DialogsDialogOut, operatorId: string): (files: File[]) => void {
  const say = useProblemText();
  const { id: dialogId, project_id: projectId } = dialog;
  return useCallback(
    (files) => {
      const code = attachFiles({ operatorId, projectId, dialogId }, files);
      if (code) tell(say(new Refusal({ code, title: code, status: 422 })), 'bad');
    },
    [say, operatorId, projectId, dialogId],
  );
}

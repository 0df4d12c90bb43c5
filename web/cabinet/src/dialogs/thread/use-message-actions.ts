import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import {
  call,
  dialogsCancel,
  dialogsDelete,
  dialogsTryAgain,
  type DialogsDialogOut,
  type DialogsMessageOut,
  useProblemText,
} from '~/api';
import { acceptMessage } from '~/feed';
import { useTexts } from '~/i18n';
import { tell } from '~/ui/tell';

import { editMessage } from '../composer/editing';

/** What one can do with a message; `asked` is what waits for the person's word in a window of its own. */
export interface MessageActions {
  isBusy: boolean;
  copy: (message: DialogsMessageOut) => void;
  quote: (message: DialogsMessageOut) => void;
  jump: (messageId: string) => void;
  edit: (message: DialogsMessageOut) => void;
  retry: (message: DialogsMessageOut) => void;
  cancel: (message: DialogsMessageOut) => void;
  /** A failed one goes at once, a sent one after a question. */
  remove: (message: DialogsMessageOut) => void;
  showVersions: (message: DialogsMessageOut) => void;
}

export type Asked = { kind: 'versions' | 'delete'; message: DialogsMessageOut } | null;

const CALLS = { retry: dialogsTryAgain, cancel: dialogsCancel, delete: dialogsDelete };

/** Give the actions of a dialog's messages. What a call answers is shown at once; refusals are told in words. */
export function useMessageActions(
  dialog: DialogsDialogOut,
  onQuote: (message: DialogsMessageOut) => void,
  onJump: (messageId: string) => void,
) {
  const t = useTexts('thread');
  const say = useProblemText();
  const [asked, setAsked] = useState<Asked>(null);
  const { project_id: projectId } = dialog;
  const { mutate, isPending } = useMutation({
    mutationFn: ({ what, message }: { what: keyof typeof CALLS; message: DialogsMessageOut }) =>
      call<DialogsMessageOut | undefined>(
        CALLS[what]({ path: { dialog_id: message.dialog_id, message_id: message.id } }),
      ),
    onSuccess: (message) => {
      if (message?.id) acceptMessage(projectId, message);
    },
    onError: (error) => tell(say(error), 'bad'),
  });
  const actions = useMemo<MessageActions>(
    () => ({
      isBusy: isPending,
      copy: (message) => {
        void navigator.clipboard.writeText(message.text).then(() => tell(t('menu.copied')));
      },
      quote: onQuote,
      jump: onJump,
      edit: editMessage,
      retry: (message) => mutate({ what: 'retry', message }),
      cancel: (message) => mutate({ what: 'cancel', message }),
      remove: (message) =>
        message.state === 'failed'
          ? mutate({ what: 'delete', message })
          : setAsked({ kind: 'delete', message }),
      showVersions: (message) => setAsked({ kind: 'versions', message }),
    }),
    [isPending, mutate, onQuote, onJump, t],
  );
  const deleteForAll = (message: DialogsMessageOut) => {
    setAsked(null);
    mutate({ what: 'delete', message });
  };
  return { actions, asked, close: () => setAsked(null), deleteForAll };
}

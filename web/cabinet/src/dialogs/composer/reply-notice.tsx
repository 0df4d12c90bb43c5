import { IconBan, IconClockPause, IconEyeOff } from '@tabler/icons-react';

import type { DialogsDialogOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './composer.module.css';

const REASONS = new Set([
  'writing_not_allowed',
  'blocked_by_community',
  'privacy_settings',
  'person_is_gone',
  'reply_window_over',
  'no_conversation',
  'person_unreachable',
  'messages_off',
  'integration_deactivated',
  'integration_deleted',
]);

/** Says what becomes of what is written here: nothing can be sent and why, it waits, or it stays among us. */
export function ReplyNotice({ dialog, isNote }: { dialog: DialogsDialogOut; isNote: boolean }) {
  const t = useTexts('composer');
  const { allowed, reason } = dialog.can_reply;
  if (isNote) {
    return (
      <div className={classes.notice} data-tone="note">
        <IconEyeOff size={16} aria-hidden />
        {t('note_unseen')}
      </div>
    );
  }
  if (!allowed) {
    return (
      <output className={classes.notice} data-tone="off">
        <IconBan size={18} aria-hidden />
        {t(`off.${reason && REASONS.has(reason) ? reason : 'person_unreachable'}`)}
      </output>
    );
  }
  if (!reason) return null;
  const isPassing = dialog.community.reason === null || dialog.community.reason === 'vk_unavailable';
  return (
    <output className={classes.notice} data-tone="wait">
      <IconClockPause size={18} aria-hidden />
      {t(isPassing ? 'queued_until_vk' : 'queued_until_seen_to')}
    </output>
  );
}

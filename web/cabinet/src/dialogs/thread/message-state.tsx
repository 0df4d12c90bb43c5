import { Button, Group } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconChecks, IconClock, IconHelpCircle } from '@tabler/icons-react';

import type { DialogsMessageOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './message.module.css';
import type { MessageActions } from './use-message-actions';
import { useReason } from './words';

const ICONS = {
  received: null,
  queued: IconClock,
  unconfirmed: IconHelpCircle,
  failed: IconAlertCircle,
  sent: IconCheck,
  read: IconChecks,
} as const;

/** The small mark beside the time of a message of ours. */
export function StateMark({ message }: { message: DialogsMessageOut }) {
  const t = useTexts('thread');
  const Icon = ICONS[message.state];
  if (!Icon || message.author.kind === 'customer') return null;
  const words =
    message.state === 'unconfirmed' || message.state === 'failed' ? '' : t(`state.${message.state}`);
  return (
    <span className={classes.mark} data-state={message.state} title={words}>
      <Icon size={15} stroke={2} aria-hidden />
      {words && <span className={classes.unseen}>{words}</span>}
    </span>
  );
}

/** What has to be said of a message of ours that is not simply sent: why not, and what one can do. */
export function StateLines({ message, actions }: { message: DialogsMessageOut; actions: MessageActions }) {
  const t = useTexts('thread');
  const reason = useReason();
  const { state, change } = message;
  const isCancelled = state === 'failed' && message.reason === 'cancelled';
  return (
    <>
      {state === 'unconfirmed' && <p className={classes.wait}>{t('state.unconfirmed')}</p>}
      {state === 'queued' && message.cancel_wanted_at && (
        <p className={classes.wait}>{t('state.cancelling')}</p>
      )}
      {(state === 'sent' || state === 'read') && message.cancel_wanted_at && (
        <p className={classes.wait}>{t('state.too_late')}</p>
      )}
      {state === 'failed' && (
        <div className={classes.trouble}>
          <p>{isCancelled ? t('state.cancelled') : t('state.failed', { reason: reason(message.reason) })}</p>
          <Group gap={6}>
            <Button size="compact-xs" loading={actions.isBusy} onClick={() => actions.retry(message)}>
              {t('retry')}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => actions.remove(message)}>
              {t('delete')}
            </Button>
          </Group>
        </div>
      )}
      {change?.state === 'pending' && <p className={classes.wait}>{t(`change.${change.kind}_pending`)}</p>}
      {change?.state === 'failed' && (
        <p className={classes.bad}>{t(`change.${change.kind}_failed`, { reason: reason(change.reason) })}</p>
      )}
      <Dropped message={message} />
    </>
  );
}

function Dropped({ message }: { message: DialogsMessageOut }) {
  const t = useTexts('thread');
  if (message.dropped.length === 0) return null;
  const names = message.dropped.map((at) => {
    const attachment = message.content.attachments[at];
    return attachment?.file?.name || attachment?.title || t(`kind.${attachment?.kind ?? 'unsupported'}`);
  });
  return <p className={classes.bad}>{t('dropped', { count: names.length, names: names.join(', ') })}</p>;
}

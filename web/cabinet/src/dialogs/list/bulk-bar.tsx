import { Button, CloseButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';

import { useProblemText } from '~/api';
import { useTexts } from '~/i18n';
import { useIdentity } from '~/session/session';
import { tell } from '~/ui/tell';

import { actOnSeveral, type BulkAction } from './bulk';
import classes from './list-pane.module.css';
import type { Selection } from './selection';

const ACTIONS = [
  { action: 'close', told: 'closed_count' },
  { action: 'important', told: 'important_count' },
  { action: 'take', told: 'taken_count' },
] as const;

/** What can be done with all the chosen dialogs at once; also closing those that nobody has taken. */
export function BulkBar({ selection }: { selection: Selection }) {
  const t = useTexts('list');
  const say = useProblemText();
  const me = useIdentity().operator.id;
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (action: BulkAction) => actOnSeveral(action, [...selection.ids], me),
    onSuccess: ({ done, refused, reason }, action) => {
      const told = ACTIONS.find((one) => one.action === action)?.told ?? '';
      if (done) tell(t(told, { count: done }));
      if (refused.length) tell(t('some_failed', { count: refused.length, reason: say(reason) }), 'bad');
      selection.keep(refused);
    },
  });
  return (
    <div className={classes.bulk} role="group" aria-label={t('selection')}>
      <span className={classes.bulkCount} role="status">
        {t('selected', { count: selection.ids.size })}
      </span>
      {ACTIONS.map(({ action }) => (
        <Button
          key={action}
          size="compact-xs"
          variant="default"
          loading={isPending && variables === action}
          disabled={isPending}
          onClick={() => mutate(action)}
        >
          {t(`bulk_${action}`)}
        </Button>
      ))}
      <CloseButton aria-label={t('unselect')} onClick={selection.clear} />
    </div>
  );
}

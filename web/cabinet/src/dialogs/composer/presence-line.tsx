import { IconEye, IconPencil } from '@tabler/icons-react';

import type { Presence } from '~/feed';
import { useTexts } from '~/i18n';

import classes from './composer.module.css';

/** Which colleagues have this dialog open, and who of them types. */
export function PresenceLine({ present }: { present: Presence[] }) {
  const t = useTexts('composer');
  const names = (state: string) =>
    present.filter((one) => one.state === state).map((one) => one.operator.name ?? t('a_colleague'));
  const typing = names('typing');
  const viewing = names('viewing');
  return (
    <output className={classes.presence}>
      {typing.length > 0 && (
        <span>
          <IconPencil size={14} aria-hidden />
          {t('typing', { names: typing.join(', '), count: typing.length })}
        </span>
      )}
      {viewing.length > 0 && (
        <span>
          <IconEye size={14} aria-hidden />
          {t('viewing', { names: viewing.join(', '), count: viewing.length })}
        </span>
      )}
    </output>
  );
}

import { CloseButton } from '@mantine/core';

import { useTexts } from '~/i18n';

import classes from './composer.module.css';
import type { Draft } from './drafts';

/** The message that a reply answers. */
export function Quote({ quoted, onEnd }: { quoted: NonNullable<Draft['quoted']>; onEnd: () => void }) {
  const t = useTexts('composer');
  return (
    <div className={classes.quote}>
      <div className={classes.quoteText}>
        <b>{t('quoting', { author: quoted.author })}</b>
        <span>{quoted.text || t('quoted_attachment')}</span>
      </div>
      <CloseButton aria-label={t('quote_end')} onClick={onEnd} />
    </div>
  );
}

import type { DialogsCaseLine } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import classes from './thread.module.css';

const DAY_MS = 86_400_000;

const isDay = (at: string, ago: number) =>
  new Date(Date.now() - ago).toDateString() === new Date(at).toDateString();

/** The date that the messages below were written on. */
export function DaySeparator({ at }: { at: string }) {
  const t = useTexts('thread');
  const { day } = useFormats();
  const words = isDay(at, 0) ? t('today') : isDay(at, DAY_MS) ? t('yesterday') : day(at);
  return <h3 className={classes.day}>{words}</h3>;
}

/** Where a piece of work ended, and who ended it. */
export function CaseSeparator({ line }: { line: DialogsCaseLine }) {
  const t = useTexts('thread');
  const { day } = useFormats();
  const { number, closed_by: closedBy, closed_at: closedAt } = line;
  const values = { number, name: closedBy?.name ?? '', day: day(closedAt ?? line.opened_at) };
  return (
    <p className={classes.separator}>{t(closedBy?.name ? 'case_closed' : 'case_closed_unknown', values)}</p>
  );
}

/** A line across the thread with words in it. */
export function Separator({ text, tone }: { text: string; tone?: 'news' }) {
  return (
    <p className={classes.separator} data-tone={tone}>
      {text}
    </p>
  );
}

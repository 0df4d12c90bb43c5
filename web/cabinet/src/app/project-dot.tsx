import { useTexts } from '~/i18n';

import classes from './shell.module.css';

interface Props {
  dot: string | null | undefined;
  where: 'here' | 'others';
}

/** Red: an important dialog is open; blue: one is new or unanswered. */
export function ProjectDot({ dot, where }: Props) {
  const t = useTexts('app');
  if (dot !== 'red' && dot !== 'blue') return null;
  return <span className={classes.dot} data-dot={dot} role="img" aria-label={t(`dot_${dot}_${where}`)} />;
}

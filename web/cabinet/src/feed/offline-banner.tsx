import { IconCloudOff } from '@tabler/icons-react';
import { useState } from 'react';

import { addTexts, useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';

import classes from './feed.module.css';
import { useLink } from './link';
import { texts } from './texts';

addTexts('feed', texts);

/** Says that what is shown may be old, and since when; tells screen readers also when that is over. */
export function OfflineBanner() {
  const t = useTexts('feed');
  const formats = useFormats();
  const { state, lastDataAt } = useLink();
  const isOffline = state === 'offline';
  const [wasOffline, setWasOffline] = useState(false);
  if (isOffline && !wasOffline) setWasOffline(true);
  const text = lastDataAt
    ? t('offline', { time: formats.time(new Date(lastDataAt)) })
    : t('offline_at_start');
  return (
    <output className={isOffline ? classes.banner : classes.quiet}>
      {isOffline && <IconCloudOff size={18} aria-hidden />}
      {isOffline ? text : wasOffline && state === 'live' && t('online_again')}
    </output>
  );
}

import { IconMapPin } from '@tabler/icons-react';

import type { DialogsLocation } from '~/api';
import { useTexts } from '~/i18n';

import { OutsideLink } from '../rich-text';
import classes from './attachments.module.css';

/** A point on the map; the map itself is elsewhere, and only a click leads there. */
export function LocationCard({ location: { latitude, longitude, title } }: { location: DialogsLocation }) {
  const t = useTexts('thread');
  const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <div className={classes.card}>
      <IconMapPin size={26} stroke={1.4} aria-hidden />
      <span className={classes.cardText}>
        <span className={classes.cardTitle}>{title || t('kind.location')}</span>
        <span className={classes.quiet}>{place}</span>
        <OutsideLink url={url}>{t('on_map')}</OutsideLink>
      </span>
    </div>
  );
}

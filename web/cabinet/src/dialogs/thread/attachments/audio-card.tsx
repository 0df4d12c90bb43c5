import { IconMusic } from '@tabler/icons-react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import { OutsideLink } from '../rich-text';
import { safeUrl } from '../text-pieces';
import { clock } from '../words';
import classes from './attachments.module.css';

/** A piece of music; VK gives nobody the sound itself. */
export function AudioCard({ attachment }: { attachment: DialogsAttachmentOut }) {
  const t = useTexts('thread');
  const url = safeUrl(attachment.url);
  const about = [attachment.text, attachment.duration_seconds !== null && clock(attachment.duration_seconds)];
  return (
    <div className={classes.card}>
      <IconMusic size={26} stroke={1.4} aria-hidden />
      <span className={classes.cardText}>
        <span className={classes.cardTitle}>{attachment.title || t('kind.audio')}</span>
        <span className={classes.quiet}>{about.filter(Boolean).join(' · ')}</span>
        {url && <OutsideLink url={url}>{t('open_in_vk')}</OutsideLink>}
      </span>
    </div>
  );
}

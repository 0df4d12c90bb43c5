import { IconPlayerPlayFilled } from '@tabler/icons-react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import { OutsideLink } from '../rich-text';
import { safeUrl } from '../text-pieces';
import { clock } from '../words';
import classes from './attachments.module.css';
import { Picture } from './picture';

/** A video: its picture and title. VK plays it; its player is not let in here. */
export function VideoCard({ attachment }: { attachment: DialogsAttachmentOut }) {
  const t = useTexts('thread');
  const url = safeUrl(attachment.url);
  const title = attachment.title || t('kind.video');
  const inside = (
    <>
      <span className={classes.still}>
        <Picture attachment={attachment} size={280} />
        <IconPlayerPlayFilled size={40} className={classes.playMark} aria-hidden />
        {attachment.duration_seconds !== null && (
          <span className={classes.duration}>{clock(attachment.duration_seconds)}</span>
        )}
      </span>
      <span className={classes.cardTitle}>{title}</span>
    </>
  );
  return url ? (
    <OutsideLink url={url} className={classes.video}>
      {inside}
    </OutsideLink>
  ) : (
    <div className={classes.video}>{inside}</div>
  );
}

import { IconPhotoOff } from '@tabler/icons-react';
import { useState } from 'react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './attachments.module.css';
import { fitted, previewUrl, readyFile } from './file';

interface Props {
  attachment: DialogsAttachmentOut;
  size: number;
  /** Without a frame: a sticker. */
  isBare?: boolean;
}

/** A picture in a place that is kept for it before it is there, so that nothing moves when it comes. */
export function Picture({ attachment, size, isBare }: Props) {
  const t = useTexts('thread');
  const [isBroken, setIsBroken] = useState(false);
  const file = readyFile(attachment);
  const shape = {
    width: attachment.width ?? file?.width ?? null,
    height: attachment.height ?? file?.height ?? null,
  };
  const { width, height } = fitted(shape, { width: size, height: size });
  const name = t(`kind.${attachment.kind}`, { defaultValue: t('kind.photo') });
  const problem = attachment.file?.problem ?? 'other';
  return (
    <span
      className={classes.picture}
      data-bare={isBare}
      style={{ width, aspectRatio: `${width} / ${height}` }}
    >
      {file && !isBroken ? (
        <img
          src={previewUrl(file)}
          alt={attachment.title || name}
          loading="lazy"
          decoding="async"
          onError={() => setIsBroken(true)}
        />
      ) : (
        <span className={classes.missing}>
          <IconPhotoOff size={20} aria-hidden />
          {attachment.file?.state === 'copying'
            ? t('copying')
            : t(`file_problem.${problem}`, { defaultValue: t('file_problem.other') })}
        </span>
      )}
    </span>
  );
}

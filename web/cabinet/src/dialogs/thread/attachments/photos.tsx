import { UnstyledButton } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import classes from './attachments.module.css';
import { readyFile } from './file';
import { Picture } from './picture';

const Lightbox = lazy(() => import('./lightbox').then((module) => ({ default: module.Lightbox })));

/** Whether an attachment is shown in the gallery. */
export const isPicture = ({ kind }: DialogsAttachmentOut) => kind === 'photo';

/** Photos of one message; each opens large, and from there one gets to the others. */
export function Photos({ photos }: { photos: DialogsAttachmentOut[] }) {
  const t = useTexts('thread');
  const [open, setOpen] = useState<number | null>(null);
  const size = photos.length === 1 ? 280 : 136;
  const ready = photos.filter((photo) => readyFile(photo));
  return (
    <div className={classes.photos} data-count={photos.length}>
      {photos.map((photo, at) => {
        const place = ready.indexOf(photo);
        return place < 0 ? (
          // eslint-disable-next-line react/no-array-index-key
          <Picture key={at} attachment={photo} size={size} />
        ) : (
          <UnstyledButton
            // eslint-disable-next-line react/no-array-index-key
            key={at}
            className={classes.photo}
            aria-label={t('open_photo', { at: place + 1, count: ready.length })}
            onClick={() => setOpen(place)}
          >
            <Picture attachment={photo} size={size} />
          </UnstyledButton>
        );
      })}
      {open !== null && (
        <Suspense>
          <Lightbox photos={ready} at={open} onMove={setOpen} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </div>
  );
}

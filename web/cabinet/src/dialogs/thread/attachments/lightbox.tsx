import { ActionIcon, Modal } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';
import '~/ui/styles';

import { OutsideLink } from '../rich-text';
import classes from './attachments.module.css';
import { fileUrl, readyFile } from './file';

interface Props {
  photos: DialogsAttachmentOut[];
  at: number;
  onMove: (at: number) => void;
  onClose: () => void;
}

/** A photo on the whole screen; arrows lead to the message's other ones, Escape leads back. */
export function Lightbox({ photos, at, onMove, onClose }: Props) {
  const t = useTexts('thread');
  const count = photos.length;
  const move = (by: number) => onMove((at + by + count) % count);
  useHotkeys([
    ['ArrowLeft', () => move(-1)],
    ['ArrowRight', () => move(1)],
  ]);
  const photo = photos[at];
  const file = photo && readyFile(photo);
  if (!file) return null;
  return (
    <Modal
      opened
      fullScreen
      onClose={onClose}
      title={t('gallery.title', { at: at + 1, count })}
      transitionProps={{ duration: 0 }}
      classNames={{ content: classes.lightbox, body: classes.lightboxBody }}
    >
      <img src={fileUrl(file)} alt={photo.title || t('gallery.title', { at: at + 1, count })} />
      {count > 1 && (
        <>
          <ActionIcon
            className={classes.previous}
            variant="default"
            size="xl"
            radius="xl"
            aria-label={t('gallery.previous')}
            onClick={() => move(-1)}
          >
            <IconChevronLeft aria-hidden />
          </ActionIcon>
          <ActionIcon
            className={classes.next}
            variant="default"
            size="xl"
            radius="xl"
            aria-label={t('gallery.next')}
            onClick={() => move(1)}
          >
            <IconChevronRight aria-hidden />
          </ActionIcon>
        </>
      )}
      <OutsideLink url={fileUrl(file)} className={classes.original}>
        {t('gallery.original')}
      </OutsideLink>
    </Modal>
  );
}

import { IconDownload, IconFile } from '@tabler/icons-react';

import type { DialogsAttachmentOut } from '~/api';
import { useTexts } from '~/i18n';

import { useSize } from '../words';
import classes from './attachments.module.css';
import { fileUrl, readyFile } from './file';

/** A document with its size; one click saves it. */
export function DocumentCard({ attachment }: { attachment: DialogsAttachmentOut }) {
  const t = useTexts('thread');
  const size = useSize();
  const file = readyFile(attachment);
  const name = attachment.title || attachment.file?.name || t('kind.document');
  const problem = attachment.file?.problem ?? 'other';
  const about =
    attachment.file?.state === 'copying'
      ? t('copying')
      : file
        ? size(file.size_bytes ?? attachment.size_bytes)
        : t(`file_problem.${problem}`, { defaultValue: t('file_problem.other') });
  const inside = (
    <>
      <IconFile size={26} stroke={1.4} aria-hidden />
      <span className={classes.cardText}>
        <span className={classes.cardTitle}>{name}</span>
        <span className={classes.quiet}>{about}</span>
      </span>
      {file && <IconDownload size={18} aria-hidden />}
    </>
  );
  return file ? (
    <a className={classes.card} href={fileUrl(file)} download={name} title={t('download', { name })}>
      {inside}
    </a>
  ) : (
    <div className={classes.card}>{inside}</div>
  );
}

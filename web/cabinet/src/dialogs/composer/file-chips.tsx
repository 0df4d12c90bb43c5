import { ActionIcon, CloseButton, Progress, Text } from '@mantine/core';
import { IconFile, IconFileDescription, IconMicrophone, IconPhoto, IconRefresh } from '@tabler/icons-react';

import { type DialogsDialogOut, useProblemText } from '~/api';
import { Refusal } from '~/api';
import { useTexts } from '~/i18n';
import { useFormats } from '~/i18n/formats';
import { useIdentity } from '~/session/session';

import classes from './composer.module.css';
import type { DraftFile } from './drafts';
import { refusalOfFiles } from './limits';
import {
  cancelUpload,
  isDocument,
  type Place,
  removeFile,
  retryUpload,
  toggleDocument,
  type Upload,
  useUploads,
} from './uploads';

const MEGABYTE = 1_000_000;

/** The files of a reply: uploaded with a preview, on their way with progress, broken off with a way to try again. */
export function FileChips({ dialog, files }: { dialog: DialogsDialogOut; files: DraftFile[] }) {
  const t = useTexts('composer');
  const say = useProblemText();
  const { operator } = useIdentity();
  const uploads = useUploads(dialog.id);
  if (files.length + uploads.length === 0) return null;
  const place = { operatorId: operator.id, projectId: dialog.project_id, dialogId: dialog.id };
  const code = refusalOfFiles(files);
  return (
    <>
      <ul className={classes.files} aria-label={t('attached')}>
        {files.map((file) => (
          <ReadyFile key={file.id} place={place} file={file} />
        ))}
        {uploads.map((upload) => (
          <MovingFile key={upload.key} upload={upload} />
        ))}
      </ul>
      {code && (
        <Text size="xs" c="var(--mantine-color-error)" px="sm" role="alert">
          {say(new Refusal({ code, title: code, status: 422 }))}
        </Text>
      )}
    </>
  );
}

function ReadyFile({ place, file }: { place: Place; file: DraftFile }) {
  const t = useTexts('composer');
  const formats = useFormats();
  const sizeOf = (bytes: number) =>
    bytes < MEGABYTE
      ? t('kilobytes', { number: formats.number(Math.ceil(bytes / 1000)) })
      : t('megabytes', { number: formats.number(Math.round(bytes / 100_000) / 10) });
  const asDocument = isDocument(file.id);
  const isPicture = file.mediaType?.startsWith('image/') ?? false;
  const Icon = file.kind === 'voice' ? IconMicrophone : IconFile;
  const Other = asDocument ? IconPhoto : IconFileDescription;
  return (
    <li className={classes.file}>
      {file.hasPreview ? (
        <img className={classes.preview} src={`/api/v1/dialogs/files/${file.id}/preview`} alt="" />
      ) : (
        <Icon size={24} aria-hidden />
      )}
      <span className={classes.fileText}>
        <span className={classes.fileName}>{file.name}</span>
        <span className={classes.fileAbout}>
          {[t(`kind_${file.kind}`), file.sizeBytes && sizeOf(file.sizeBytes)].filter(Boolean).join(' · ')}
        </span>
      </span>
      {isPicture && asDocument !== null && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t(asDocument ? 'as_photo' : 'as_document')}
          title={t(asDocument ? 'as_photo' : 'as_document')}
          onClick={() => toggleDocument(place, file.id)}
        >
          <Other size={18} aria-hidden />
        </ActionIcon>
      )}
      <CloseButton
        size="sm"
        aria-label={t('remove_file', { name: file.name })}
        onClick={() => removeFile(place, file.id)}
      />
    </li>
  );
}

function MovingFile({ upload }: { upload: Upload }) {
  const t = useTexts('composer');
  const say = useProblemText();
  const { name } = upload.file;
  return (
    <li className={classes.file} data-failed={upload.refusal !== null || undefined}>
      <IconFile size={24} aria-hidden />
      <span className={classes.fileText}>
        <span className={classes.fileName}>{name}</span>
        {upload.refusal ? (
          <span className={classes.fileProblem} role="alert">
            {say(upload.refusal)}
          </span>
        ) : (
          <Progress value={upload.progress * 100} size="sm" aria-label={t('progress', { name })} />
        )}
      </span>
      {upload.refusal && (
        <ActionIcon variant="subtle" aria-label={t('upload_again')} onClick={() => retryUpload(upload)}>
          <IconRefresh size={18} aria-hidden />
        </ActionIcon>
      )}
      <CloseButton
        size="sm"
        aria-label={t(upload.refusal ? 'remove_file' : 'cancel_upload', { name })}
        onClick={() => cancelUpload(upload)}
      />
    </li>
  );
}

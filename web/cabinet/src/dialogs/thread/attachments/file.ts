import type { DialogsAttachmentOut, DialogsFileOut } from '~/api';

/** Where a file of ours is; files of the messenger itself are never asked for. */
export const fileUrl = (file: DialogsFileOut) => `/api/v1/dialogs/files/${encodeURIComponent(file.id)}`;

/** A small picture of a file if there is one, else the file. */
export const previewUrl = (file: DialogsFileOut) =>
  file.has_preview ? `${fileUrl(file)}/preview` : fileUrl(file);

/** The copy that can be shown now. */
export function readyFile(attachment: DialogsAttachmentOut): DialogsFileOut | null {
  return attachment.file?.state === 'ready' ? attachment.file : null;
}

/** How wide and high something of this shape is inside a box. */
export function fitted(
  { width, height }: { width: number | null; height: number | null },
  box: { width: number; height: number },
): { width: number; height: number } {
  const [wide, high] = width && height ? [width, height] : [4, 3];
  const scale = Math.min(box.width / wide, box.height / high);
  return { width: Math.round(wide * scale), height: Math.round(high * scale) };
}

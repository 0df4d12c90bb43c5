/** What VK takes as files of one message, so that a person hears of it before the upload. */
import type { DraftFile } from './drafts';

export const FILES_MAX = 10;
export const MEGABYTES_MAX = 200;
const REFUSED = new Set(['mp3', 'exe', 'msi', 'bat', 'com', 'apk', 'dll', 'scr', 'cmd']);

/** The code of why a file cannot go; null when it can. */
export function refusalOfFile({ name, size }: { name: string; size: number }): string | null {
  if (size === 0) return 'file_empty';
  if (size > MEGABYTES_MAX * 1_000_000) return 'attachment_too_large';
  return REFUSED.has(name.split('.').pop()?.toLowerCase() ?? '') ? 'file_type_refused' : null;
}

/** The code of why these files cannot go together; null when they can. */
export function refusalOfFiles(files: Pick<DraftFile, 'kind'>[]): string | null {
  if (files.length > FILES_MAX) return 'too_many_attachments';
  return files.length > 1 && files.some((file) => file.kind === 'voice') ? 'attachments_do_not_mix' : null;
}

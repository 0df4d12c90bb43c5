import type { Draft } from './drafts';
import { refusalOfFiles } from './limits';
import { lengthOf } from './units';
import type { Upload } from './uploads';

/** A note is ours alone, VK's limit does not hold for it. */
export const NOTE_CHARACTERS_MAX = 10_000;

/** Why a draft cannot be sent as it is; null when it can. */
export function obstacleOf(
  { mode, text, files }: Draft,
  uploads: Pick<Upload, 'refusal'>[],
): 'empty' | 'too_long' | 'uploading' | 'files' | null {
  if (mode === 'note') {
    if (text.trim() === '') return 'empty';
    return text.length > NOTE_CHARACTERS_MAX ? 'too_long' : null;
  }
  if (lengthOf(text).isOver) return 'too_long';
  if (uploads.some((upload) => upload.refusal)) return 'files';
  if (uploads.length > 0) return 'uploading';
  if (refusalOfFiles(files)) return 'files';
  return text.trim() === '' && files.length === 0 ? 'empty' : null;
}

/** Files on their way to the server, per dialog; they go on when the operator looks at another dialog. */
import { useSyncExternalStore } from 'react';

import { type DialogsUploadOut, Refusal, refusalOf, renewSession } from '~/api';

import { changeDraft, type DraftFile, draftOf } from './drafts';
import { FILES_MAX, refusalOfFile } from './limits';

export interface Upload {
  /** Its `client_id`: tried again, it is the same file. */
  key: string;
  operatorId: string;
  projectId: string;
  dialogId: string;
  file: File;
  asDocument: boolean;
  progress: number;
  refusal: Refusal | null;
  abort: (() => void) | null;
}

const NONE: Upload[] = [];
const UNAUTHENTICATED = 401;

const byDialog = new Map<string, Upload[]>();
const listeners = new Set<() => void>();
/** The files behind what is uploaded already, to send a picture the other way. */
const originals = new Map<string, { file: File; asDocument: boolean }>();

function set(dialogId: string, uploads: Upload[]): void {
  byDialog.set(dialogId, uploads);
  listeners.forEach((listener) => listener());
}

const of = (dialogId: string) => byDialog.get(dialogId) ?? NONE;

function change(upload: Upload, changed: Partial<Upload>): void {
  const uploads = of(upload.dialogId).map((one) => (one.key === upload.key ? { ...one, ...changed } : one));
  set(upload.dialogId, uploads);
}

/** Where uploads belong. */
export type Place = Pick<Upload, 'operatorId' | 'projectId' | 'dialogId'>;

/** Begin to upload files; returns the code of why some were left out, or null. */
export function attachFiles(place: Place, files: File[], asDocument = false): string | null {
  const has = draftOf(place.operatorId, place.dialogId).files.length + of(place.dialogId).length;
  const room = Math.max(0, FILES_MAX - has);
  let code = files.length > room ? 'too_many_attachments' : null;
  for (const file of files.slice(0, room)) {
    const refused = refusalOfFile(file);
    if (refused) code = refused;
    else
      begin({
        ...place,
        key: crypto.randomUUID(),
        file,
        asDocument,
        progress: 0,
        refusal: null,
        abort: null,
      });
  }
  return code;
}

function begin(upload: Upload): void {
  set(upload.dialogId, [...of(upload.dialogId), upload]);
  void carry(upload);
}

async function carry(upload: Upload, renewed = false): Promise<void> {
  try {
    const answer = await posted(upload);
    drop(upload);
    originals.set(answer.id, upload);
    const { files } = draftOf(upload.operatorId, upload.dialogId);
    changeDraft(upload.operatorId, upload.dialogId, {
      files: [...files, draftFile(answer, upload.file.name)],
    });
  } catch (error) {
    const refusal = refusalOf(error, 0);
    if (refusal.status === UNAUTHENTICATED && !renewed && (await renewSession())) await carry(upload, true);
    else change(upload, { refusal, abort: null });
  }
}

function draftFile(answer: DialogsUploadOut, name: string): DraftFile {
  return {
    id: answer.id,
    name: answer.name ?? name,
    sizeBytes: answer.size_bytes,
    mediaType: answer.media_type,
    kind: answer.kind,
    hasPreview: answer.has_preview,
  };
}

/** `fetch` does not tell how much has gone out. */
function posted(upload: Upload): Promise<DialogsUploadOut> {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({
    project_id: upload.projectId,
    client_id: upload.key,
    name: upload.file.name,
    as_document: String(upload.asDocument),
  });
  return new Promise((resolve, reject) => {
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      change(upload, { progress: total ? loaded / total : 0 });
    });
    request.addEventListener('load', () => {
      const answer: unknown = request.response;
      if (request.status < 300) resolve(answer as DialogsUploadOut);
      else reject(refusalOf(answer, request.status));
    });
    for (const end of ['error', 'timeout', 'abort']) {
      request.addEventListener(end, () => reject(refusalOf(new Error(end), 0)));
    }
    request.open('POST', `/api/v1/dialogs/files?${query.toString()}`);
    request.responseType = 'json';
    request.setRequestHeader('X-Otklik-Request', '1');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    change(upload, { abort: () => request.abort(), refusal: null, progress: 0 });
    request.send(upload.file);
  });
}

function drop({ dialogId, key }: Upload): void {
  set(
    dialogId,
    of(dialogId).filter((one) => one.key !== key),
  );
}

/** Upload again what broke off, as the same file. */
export function retryUpload(one: Upload): void {
  void carry(one);
}

/** Stop an upload and take it away. */
export function cancelUpload(one: Upload): void {
  one.abort?.();
  drop(one);
}

/** Take an uploaded file out of a draft. */
export function removeFile({ operatorId, dialogId }: Place, fileId: string): void {
  const { files } = draftOf(operatorId, dialogId);
  changeDraft(operatorId, dialogId, { files: files.filter((file) => file.id !== fileId) });
}

/** Whether a picture goes as a file; null when this page does not have it any more and cannot change that. */
export function isDocument(fileId: string): boolean | null {
  return originals.get(fileId)?.asDocument ?? null;
}

/** Upload a picture once more to go as a file, or as a picture. */
export function toggleDocument(place: Place, fileId: string): void {
  const original = originals.get(fileId);
  if (!original) return;
  removeFile(place, fileId);
  attachFiles(place, [original.file], !original.asDocument);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The uploads of a dialog that are not in its draft yet. */
export function useUploads(dialogId: string): Upload[] {
  return useSyncExternalStore(subscribe, () => of(dialogId));
}

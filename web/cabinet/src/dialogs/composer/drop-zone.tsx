import { IconPaperclip } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import { useTexts } from '~/i18n';

import classes from './composer.module.css';

/** Takes files that are dropped anywhere on the page, and shows that it would. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useTexts('composer');
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setIsOver(false);
      onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [onFiles]);
  if (!isOver) return null;
  return (
    <div className={classes.dropZone}>
      <IconPaperclip size={32} aria-hidden />
      {t('drop_here')}
    </div>
  );
}

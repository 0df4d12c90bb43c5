import { type ClipboardEvent, type ComponentProps, type KeyboardEvent, useCallback, useRef } from 'react';

import classes from './composer.module.css';
import { sendsBy, useSendKey } from './send-key';

interface Props extends Omit<ComponentProps<'textarea'>, 'onChange' | 'onKeyDown' | 'value' | 'ref'> {
  value: string;
  isPhone: boolean;
  onChange: (text: string, caret: number) => void;
  onSend: () => void;
  /** Sees a key first; true means that it has dealt with it. */
  onKey?: (event: KeyboardEvent<HTMLTextAreaElement>) => boolean;
  onFiles?: (files: File[]) => void;
  fieldRef?: (field: HTMLTextAreaElement | null) => void;
}

/** A text that grows with what is written in it, sends by the chosen key and takes pasted files. */
export function TextField({ value, isPhone, onChange, onSend, onKey, onFiles, fieldRef, ...rest }: Props) {
  const [sendKey] = useSendKey();
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (onKey?.(event)) event.preventDefault();
    else if (sendsBy(sendKey, event, isPhone)) {
      event.preventDefault();
      onSend();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (!files.length || !onFiles) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    // The text stands behind the field once more, so that both are as high as it needs.
    <div className={classes.grow} data-text={`${value}\n`}>
      <textarea
        {...rest}
        ref={fieldRef}
        rows={1}
        value={value}
        className={classes.text}
        onChange={({ target }) => onChange(target.value, target.selectionStart)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
    </div>
  );
}

/** Puts the caret into a field, at a place or at its end, once it shows its new text. */
export function useCaret() {
  const field = useRef<HTMLTextAreaElement | null>(null);
  const fieldRef = useCallback((element: HTMLTextAreaElement | null) => {
    field.current = element;
  }, []);
  const place = useCallback((caret?: number) => {
    requestAnimationFrame(() => {
      const at = caret ?? field.current?.value.length ?? 0;
      field.current?.focus();
      field.current?.setSelectionRange(at, at);
    });
  }, []);
  return { field, fieldRef, place };
}
